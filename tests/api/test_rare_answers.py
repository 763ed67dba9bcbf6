"""Answers a healthy service does not give are as the contract writes them down, too."""

import pytest
from jsonschema import Draft202012Validator

from api.openapi import document
from protocol.application import EXAMPLE
from protocol.key import SCOPES, Limit
from protocol.keystore import KeyStore

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


def test_a_fault_of_ours_is_a_500_that_tells_nothing(app):
    def view():
        raise KeyError("canary-4711")

    app.view_functions["scores.submit"] = view
    answer = app.test_client().post("/v1/scores", json=BODY)
    assert answer.status_code == 500
    check(answer, "POST", "/v1/scores", "internal-error")
    assert "canary" not in answer.text
