"""Answers a healthy service does not give are as the contract writes them down, too."""

import json

import pytest
from jsonschema import Draft202012Validator

from api import overriding, questions
from api.openapi import document
from api.waiting import Waiting
from protocol import names, scripts
from protocol.application import EXAMPLE
from protocol.key import SCOPES, Limit
from protocol.keystore import KeyStore
from protocol.ledger import Completion, Job
from protocol.overrides import Overrides
from protocol.states import State
from tests.policy import POLICY

CONTRACT = document()
BODY = {"application": EXAMPLE._asdict()}


def check(answer, method, path, code):
    """The answer is one the contract has for this operation, with its headers."""
    written = CONTRACT["paths"][path][method.lower()]["responses"][str(answer.status_code)]
    schema = written["content"][answer.mimetype]["schema"]
    Draft202012Validator(schema | {"components": CONTRACT["components"]}).validate(answer.json)
    assert set(written["headers"]) <= set(answer.headers.keys())
    assert answer.json["code"] == code


@pytest.fixture
def app(client, redis_url, make_app):
    return make_app(redis_url)


@pytest.fixture
def asked(client, redis_url, make_app):
    """Ask with a key that may do everything, with the limit given."""

    def ask(method, path, limit=None, **more):
        key = KeyStore(client).create("acme-los", SCOPES, limit=limit).secret
        caller = make_app(redis_url, queue_limit=1).test_client()
        headers = {"Authorization": f"Bearer {key}"}
        return lambda: caller.open(path, method=method, headers=headers, **more)

    return ask


def test_a_service_without_a_worker_says_so_in_a_problem(app):
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    check(answer, "GET", "/readyz", "not-ready")
    assert (answer.json["redis"], answer.json["workers"]) == ("ok", 0)


def test_a_service_without_redis_says_so_in_a_problem(make_app, tmp_path):
    away = make_app(f"unix://{tmp_path}/none.sock").test_client()
    check(away.get("/readyz"), "GET", "/readyz", "not-ready")
    answer = away.post("/v1/scores", json=BODY, headers={"Authorization": "Bearer x"})
    assert answer.status_code == 503
    check(answer, "POST", "/v1/scores", "unavailable")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/scores"), ("GET", "/v1/webhooks"), ("GET", "/v1/dead-letters")],
)
def test_one_too_many_is_a_429(asked, method, path):
    ask = asked(method, path, Limit(0.001, 1), json=BODY)
    assert ask().status_code < 300
    answer = ask()
    assert answer.status_code == 429
    check(answer, method, path, "rate-limited")


def test_a_batch_larger_than_the_limit_is_a_429(asked):
    path = "/v1/score-batches"
    answer = asked("POST", path, Limit(1, 2), json={"items": [BODY] * 3})()
    check(answer, "POST", path, "rate-limited")


def test_a_queue_that_is_full_is_a_503(asked):
    ask = asked("POST", "/v1/scores", json=BODY)
    assert ask().status_code == 202
    answer = ask()
    assert answer.status_code == 503
    check(answer, "POST", "/v1/scores", "overloaded")


WHAT_IF = "/v1/scores/{score_id}/what-if"


@pytest.fixture
def scored(ledger):
    """A score that succeeded, as a worker leaves it."""

    def score():
        score_id = ledger.accept([Job(names.new_score_id(), EXAMPLE)], "acme-los").id
        ledger.complete([Completion(ledger.claim(stay_awake=False)[0], State.SUCCEEDED, "{}")])
        return score_id

    return score


def test_a_question_while_the_queue_is_full_is_a_503(asked, ledger, scored):
    score_id = scored()
    ledger.accept([Job(names.new_score_id(), EXAMPLE)], "acme-los")
    answer = asked("GET", f"/v1/scores/{score_id}/what-if")()
    assert answer.status_code == 503
    check(answer, "GET", WHAT_IF, "overloaded")


def test_a_question_about_what_is_not_scored_yet_is_a_409(asked, ledger):
    score_id = ledger.accept([Job(names.new_score_id(), EXAMPLE)], "acme-los").id
    answer = asked("GET", f"/v1/scores/{score_id}/what-if")()
    assert answer.status_code == 409
    check(answer, "GET", WHAT_IF, "state-conflict")
    assert "queued" in answer.json["detail"]


def test_a_score_that_goes_while_it_is_asked_about_is_a_410(asked, ledger, scored, monkeypatch):
    score_id = scored()
    fresh = names.new_question_id

    def erase_first():
        ledger.erase([score_id])
        return fresh()

    monkeypatch.setattr(questions.names, "new_question_id", erase_first)
    answer = asked("GET", f"/v1/scores/{score_id}/what-if")()
    assert answer.status_code == 410
    check(answer, "GET", WHAT_IF, "gone")


@pytest.mark.parametrize(
    ("state", "given", "code"),
    [
        (State.FAILED, {"error": {}}, "internal-error"),
        (State.SUCCEEDED, {"result": {}}, "unavailable"),  # a worker of an older release
    ],
)
def test_a_question_without_its_answer_is_a_problem(
    asked, ledger, scored, monkeypatch, *, state, given, code
):
    path = f"/v1/scores/{scored()}/what-if"

    def answer_at_once(_, __, ___, look, ____):
        claims = ledger.claim(stay_awake=False)
        ledger.complete([Completion(claim, state, json.dumps(given)) for claim in claims])
        return look()

    monkeypatch.setattr(Waiting, "until", answer_at_once)
    check(asked("GET", path)(), "GET", WHAT_IF, code)


OVERRIDES = "/v1/scores/{score_id}/overrides"
WISH = {"decision": "approve", "reason": "GUARANTOR", "note": "Surety seen."}


@pytest.fixture
def declined(ledger):
    """A score whose amount is above the limit of the policy."""
    score_id = names.new_score_id()
    ledger.accept([Job(score_id, EXAMPLE._replace(loan_amt_outstanding=1e6))], "acme-los")
    answer = json.dumps({"result": {"decision": "decline"}, "model": {}})
    ledger.complete([Completion(ledger.claim(stay_awake=False)[0], State.SUCCEEDED, answer)])
    return score_id


def test_a_score_that_goes_while_it_is_overridden_is_a_410(asked, ledger, declined, monkeypatch):
    fresh = names.new_override_id

    def erase_first():
        ledger.erase([declined])
        return fresh()

    monkeypatch.setattr(overriding.names, "new_override_id", erase_first)
    answer = asked("POST", f"/v1/scores/{declined}/overrides", json=WISH)()
    assert answer.status_code == 410
    check(answer, "POST", OVERRIDES, "gone")


def test_an_override_that_goes_while_it_is_approved_is_a_410(
    asked, client, redis_url, ledger, declined, monkeypatch
):
    made = asked("POST", f"/v1/scores/{declined}/overrides", json=WISH)().json
    assert made["state"] == "awaiting-approval"
    settle = Overrides.settle

    def erase_first(self, *arguments):
        ledger.erase([declined])
        return settle(self, *arguments)

    monkeypatch.setattr(Overrides, "settle", erase_first)
    answer = asked("POST", f"/v1/overrides/{made['id']}/approve", json={"note": "x"})()
    assert answer.status_code == 410
    check(answer, "POST", "/v1/overrides/{override_id}/approve", "gone")


def test_an_override_above_a_hundred_is_a_409(asked, declined, monkeypatch):
    monkeypatch.setattr(scripts, "OVERRIDE_LIMIT", 0)
    answer = asked("POST", f"/v1/scores/{declined}/overrides", json=WISH)()
    assert answer.status_code == 409
    check(answer, "POST", OVERRIDES, "state-conflict")


def test_a_policy_of_format_1_has_no_reason_to_override(
    client, redis_url, make_app, declined, tmp_path
):
    older = POLICY.model_copy(update={"format": 1, "overrides": None})
    (tmp_path / "policy.json").write_text(older.model_dump_json(exclude_none=True))
    key = KeyStore(client).create("acme-los", SCOPES).secret
    caller = make_app(redis_url, policy_file=tmp_path / "policy.json").test_client()
    headers = {"Authorization": f"Bearer {key}"}
    answer = caller.post(f"/v1/scores/{declined}/overrides", json=WISH, headers=headers)
    assert answer.status_code == 422
    check(answer, "POST", OVERRIDES, "invalid-override")
    assert answer.json["errors"][0]["pointer"] == "/reason"
    assert caller.get("/v1/override-reasons", headers=headers).json["items"] == []


def test_a_fault_of_ours_is_a_500_that_tells_nothing(app):
    def view():
        raise KeyError("canary-4711")

    app.view_functions["scores.submit"] = view
    answer = app.test_client().post("/v1/scores", json=BODY)
    assert answer.status_code == 500
    check(answer, "POST", "/v1/scores", "internal-error")
    assert "canary" not in answer.text
