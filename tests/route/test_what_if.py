"""What-if the whole way: what is proposed is approved when it is sent, and one step less is not."""

import json
import os
import signal
import time

import pytest

from api import questions
from protocol import names
from protocol.application import EXAMPLE, Application
from protocol.artefact import read_manifest
from protocol.ledger import Job, Ledger, connect
from tests.conftest import caller, make_service
from tests.policy import POLICY
from tests.webhooks.conftest import QUICK
from tests.webhooks.receiver import receiver

STEPS = {
    entry.field: entry.step if entry.may == "rise" else -entry.step for entry in POLICY.changeable
}
#: In review, declined, without income, beyond reach of most fields.
APPLICANTS = [
    EXAMPLE,
    EXAMPLE._replace(total_debt_outstanding=14_250.75, fico_score=601),
    EXAMPLE._replace(credit_lines_outstanding=5, income=41_234.56),
    EXAMPLE._replace(credit_lines_outstanding=4, years_employed=1),
    EXAMPLE._replace(income=0.0),
]


def path(score_id: str) -> str:
    return f"/v1/scores/{score_id}/what-if"


def decided(http, application: dict) -> dict:
    submitted = http.submit(Application(**application))
    return http.wait(submitted)["result"]


def asked(http, application: Application) -> dict:
    score_id = http.submit(application)
    http.wait(score_id)
    response = http.get(path(score_id))
    assert response.status_code == 200, response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json()["id"] == score_id
    return response.json()


@pytest.mark.parametrize("applicant", APPLICANTS)
def test_proposals_are_approved_when_they_are_sent_and_one_step_less_is_not(http, applicant):
    sent = applicant._asdict()
    answer = asked(http, applicant)
    assert answer["approval"] == "within-reach"
    for change in answer["changes"]:
        field, step = change["field"], STEPS[change["field"]]
        after = decided(http, sent | {field: change["to"]})
        assert after["decision"] == "approve"
        assert {name: after[name] for name in ("pd", "points", "grade")} == {
            name: change[name] for name in ("pd", "points", "grade")
        }
        less = decided(http, sent | {field: change["to"] - step})
        assert less["decision"] != "approve"
    joint = answer["joint"]
    together = sent | {change["field"]: change["to"] for change in joint["changes"]}
    assert decided(http, together)["pd"] == joint["pd"]
    assert joint["decision"] == "approve"
    for change in joint["changes"]:
        field, step = change["field"], STEPS[change["field"]]
        less = decided(http, together | {field: change["to"] - step})
        assert less["decision"] != "approve"


def test_the_answer_says_by_which_model_and_policy(http, artefact):
    answer = asked(http, EXAMPLE)
    score = http.wait(http.submit(EXAMPLE))
    assert answer["model"] == score["model"]
    assert answer["model"]["digest"] == read_manifest(artefact).digest
    assert answer["policy"] == score["result"]["policy"]
    assert answer["pd"] == score["result"]["pd"]


def test_what_is_approved_need_not_change(http):
    safe = asked(http, EXAMPLE._replace(credit_lines_outstanding=0, fico_score=800))
    assert (safe["approval"], safe["changes"], safe["joint"]) == ("given", [], None)


def test_an_unknown_id_is_a_404_and_an_erased_score_a_410(http):
    for unknown in (names.new_score_id(), "sc_1", names.new_question_id(), names.new_batch_id()):
        assert http.get(path(unknown)).status_code == 404
    score_id = http.submit(EXAMPLE)
    http.wait(score_id)
    http.delete(f"/v1/scores/{score_id}")
    answer = http.get(path(score_id))
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")


def test_anothers_score_is_a_404(http, service):
    score_id = names.new_score_id()
    with connect(service.redis_url) as client:
        Ledger(client, service.settings).accept([Job(score_id, EXAMPLE)], "somebody else")
    assert http.get(path(score_id)).status_code == 404


def test_a_score_that_did_not_succeed_is_a_409(http, service):
    score_id = names.new_score_id()
    with connect(service.redis_url) as client:
        owner = client.hget(names.JOB + http.submit(EXAMPLE), "owner")
        broken = Job(score_id, (*EXAMPLE[:-1], "six"))
        Ledger(client, service.settings).accept([broken], owner)
    assert http.wait(score_id)["status"] == "failed"
    answer = http.get(path(score_id))
    assert (answer.status_code, answer.json()["code"]) == (409, "state-conflict")


def test_questions_leave_the_books_balanced_and_no_record(http, service):
    with connect(service.redis_url) as client:
        ledger = Ledger(client, service.settings)
        before = ledger.books()
        for _ in range(3):
            asked(http, EXAMPLE)
        after = ledger.books()
        assert after.drift == 0
        assert after.accepted == before.accepted + 6
        assert after.final["succeeded"] == before.final["succeeded"] + 6
        assert list(client.scan_iter(names.JOB + "qu_*")) == []
        assert list(client.scan_iter(names.GONE + "qu_*")) == []


@pytest.fixture(scope="module")
def strict(folder, artefact):
    """A service whose policy lets one field change, and which tells webhooks on this machine."""
    policy = POLICY.model_copy(
        update={"changeable": [one for one in POLICY.changeable if one.field == "fico_score"]}
    )
    (folder / "strict.json").write_text(policy.model_dump_json())
    variables = {"policy_file": folder / "strict.json", **QUICK}
    running = make_service(folder / "what-if-strict", artefact, **variables)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def test_what_cannot_reach_approval_is_said_honestly(strict):
    with caller(strict) as http:
        never = asked(http, EXAMPLE._replace(credit_lines_outstanding=1_000))
        assert (never["approval"], never["changes"], never["joint"]) == ("out-of-reach", [], None)
        assert never["decision"] == "decline"


def test_no_webhook_is_told_of_a_question(strict):
    with caller(strict) as http, receiver() as there:
        http.post("/v1/webhooks", json={"url": there.url()})
        answer = asked(http, EXAMPLE)
        late = http.submit(EXAMPLE)  # had the question been told, it would have come before
        told = {json.loads(one.body)["data"]["id"] for one in there.wait(2)}
        assert told == {answer["id"], late}


def test_without_a_worker_it_is_a_503_and_works_once_there_is_one(own, own_http):
    score_id = own_http.submit(EXAMPLE)
    own_http.wait(score_id)
    worker = next(process for process in own.processes if process.name == "worker")
    os.killpg(worker.popen.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        answer = own_http.get(path(score_id), timeout=questions.WAIT_S + 10)
        assert questions.WAIT_S - 1 < time.monotonic() - began < questions.WAIT_S + 5
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "1"
        with connect(own.redis_url) as client:
            books = Ledger(client, own.settings).books()
        assert (books.queued, books.running, books.drift) == (0, 0, 0)
        assert books.final["cancelled"] == 1
    finally:
        os.killpg(worker.popen.pid, signal.SIGCONT)
    assert own_http.get(path(score_id)).status_code == 200
