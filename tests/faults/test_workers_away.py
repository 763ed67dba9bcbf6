"""With no worker at all, jobs can still be cancelled, expired, erased and waited for."""

import threading

import pytest

from protocol.application import EXAMPLE
from protocol.ledger import Ledger, connect
from tests.conftest import caller, make_service

BODY = {"application": EXAMPLE._asdict()}


@pytest.fixture(scope="module")
def idle(folder, artefact):
    """A service whose worker was stopped; its limits are small."""
    service = make_service(
        folder / "idle",
        artefact,
        api_waiters=2,
        queue_limit=200,
        tombstone_ttl_s=60,
        result_ttl_s=1,
    )
    try:
        service.start()
        (worker,) = [process for process in service.processes if process.name == "worker"]
        worker.stop()
        service.processes.remove(worker)
        yield service
    finally:
        service.stop()


@pytest.fixture
def http(idle):
    with caller(idle) as client:
        yield client


def ledger(idle) -> Ledger:
    return Ledger(connect(idle.redis_url), idle.settings)


def test_a_waiting_score_can_be_cancelled_once_and_for_all(http, idle):
    score_id = http.submit(EXAMPLE)
    answers = [http.post(f"/v1/scores/{score_id}/cancel") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["status"] == "cancelled"
    assert ledger(idle).books().drift == 0


def test_a_deadline_passes_without_a_worker(http, idle):
    answer = http.post("/v1/scores", json=BODY | {"deadline_s": 1})
    score = http.wait(answer.json()["id"])
    assert (score["status"], score["error"]["code"]) == ("expired", "deadline-passed")
    assert ledger(idle).books().drift == 0


def test_who_waits_for_a_score_is_told_that_its_deadline_passed_before_the_wait_is_over(http):
    wait = {"Prefer": "wait=30"}
    answer = http.post("/v1/scores", json=BODY | {"deadline_s": 1}, headers=wait, timeout=20)
    assert (answer.status_code, answer.json()["status"]) == (200, "expired")


def test_a_batch_expires_with_its_items(http):
    body = {"items": [BODY, BODY], "deadline_s": 1}
    path = http.post("/v1/score-batches", json=body).json()["links"]["self"]
    while (batch := http.get(path).json())["status"] not in {"expired", "succeeded"}:
        pass
    assert batch["status"] == "expired"
    assert {item["status"] for item in batch["items"]} == {"expired"}
    assert batch["counts"]["unprocessed"] == 2


def test_a_waiting_batch_can_be_cancelled(http, idle):
    path = http.post("/v1/score-batches", json={"items": [BODY, BODY]}).json()["links"]["self"]
    batch = http.post(f"{path}/cancel").json()
    assert batch["status"] == "cancelled"
    assert batch["counts"] == {
        "total": 2,
        "scored": 0,
        "invalid": 0,
        "failed": 0,
        "unprocessed": 2,
    }
    assert ledger(idle).books().drift == 0


def test_a_waiting_score_can_be_erased(http, idle):
    score_id = http.submit(EXAMPLE)
    assert http.delete(f"/v1/scores/{score_id}").status_code == 204
    assert http.get(f"/v1/scores/{score_id}").status_code == 410
    assert ledger(idle).books().drift == 0


def test_an_answer_whose_time_is_up_is_gone_not_unknown(http, idle):
    score_id = http.submit(EXAMPLE)
    http.post(f"/v1/scores/{score_id}/cancel")
    while (answer := http.get(f"/v1/scores/{score_id}")).status_code == 200:
        pass
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")


def test_a_poll_that_waits_hears_of_a_cancellation(http):
    score_id = http.submit(EXAMPLE)
    heard = []

    def wait():
        heard.append(http.get(f"/v1/scores/{score_id}", headers={"Prefer": "wait=8"}))

    waiter = threading.Thread(target=wait)
    waiter.start()
    http.post(f"/v1/scores/{score_id}/cancel")
    waiter.join()
    assert heard[0].json()["status"] == "cancelled"


def test_waits_beyond_the_limit_are_answered_at_once(http):
    """Were they held too, the last would come after the two that are."""
    score_id = http.submit(EXAMPLE)
    path, ended = f"/v1/scores/{score_id}", []

    def wait(name):
        http.get(path, headers={"Prefer": "wait=3"})
        ended.append(name)

    waiters = [threading.Thread(target=wait, args=(number,)) for number in range(6)]
    for waiter in waiters:
        waiter.start()
    while len(ended) < 4:
        pass
    http.post(f"{path}/cancel")
    for waiter in waiters:
        waiter.join()
    assert len(ended) == 6


def test_a_full_queue_takes_no_more_and_says_so(http, idle):
    waiting = ledger(idle).books().queued
    body = {"items": [BODY] * (200 - waiting)}
    path = http.post("/v1/score-batches", json=body).json()["links"]["self"]
    for refused in (
        http.post("/v1/scores", json=BODY),
        http.post("/v1/score-batches", json={"items": [BODY]}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert int(refused.headers["Retry-After"]) >= 1
    http.post(f"{path}/cancel")
    assert http.post("/v1/scores", json=BODY).status_code == 202
