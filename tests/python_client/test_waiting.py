"""Waiting for a final state: against a real server that plays a script."""

import pytest
from loanscore_client import StillRunning

from tests.python_client.test_repeats import ACCEPTED, APPLICATION, ID

SCORE = {
    "id": ID,
    "status": "running",
    "reference": None,
    "metadata": None,
    "result": None,
    "model": None,
    "created_at": "2026-01-02T03:04:05.678Z",
    "finished_at": None,
    "error": None,
    "links": {},
    "a field of a newer service": 1,
}
DONE = SCORE | {"status": "cancelled", "finished_at": "2026-01-02T03:04:06.000Z"}
BATCH_ID = "sb_" + "1" * 44
COUNTS = {"total": 2, "scored": 0, "invalid": 1, "failed": 0, "unprocessed": 1}
ITEM = {"reference": "r1", "metadata": None, "result": None, "model": None}
BATCH = {
    "id": BATCH_ID,
    "status": "cancelled",
    "counts": COUNTS,
    "items": [
        ITEM | {"index": 0, "id": ID, "status": "cancelled", "error": None},
        ITEM
        | {
            "index": 1,
            "id": None,
            "status": "invalid",
            "error": {
                "code": "invalid-application",
                "detail": "1 fault.",
                "errors": [{"pointer": "/items/1/application/income", "code": "c", "detail": "d"}],
            },
        },
    ],
    "created_at": "2026-01-02T03:04:05.678Z",
    "finished_at": "2026-01-02T03:04:06.000Z",
}


def preferences(script):
    return [seen.headers.get("prefer") for seen in script.seen]


def test_a_score_that_is_final_at_once_takes_one_call(script, scripted_client):
    script.then(200, DONE, Preference_Applied="wait=12")
    score = scripted_client.create_and_wait(APPLICATION, wait_s=12)
    assert score.status == "cancelled"
    assert score.final
    assert preferences(script) == ["wait=12"]


def test_a_score_that_takes_longer_is_asked_for_until_it_is_final(script, scripted_client):
    script.then(202, ACCEPTED).then(200, SCORE, Retry_After=1).then(200, DONE)
    assert scripted_client.create_and_wait(APPLICATION, wait_s=100).id == ID
    assert preferences(script) == ["wait=30", "wait=30", "wait=30"]


def test_a_replay_of_a_score_at_work_is_waited_for_too(script, scripted_client):
    script.then(200, SCORE, Idempotency_Replayed="true").then(200, DONE)
    assert scripted_client.create_and_wait(APPLICATION, idempotency_key="mine").final


def test_a_service_that_holds_nothing_back_is_asked_once_a_second(script, scripted_client, clock):
    script.then(202, ACCEPTED)
    for _ in range(6):
        script.then(200, SCORE, Retry_After=1)
    with pytest.raises(StillRunning) as caught:
        scripted_client.create_and_wait(APPLICATION, wait_s=4.5)
    assert caught.value.id == ID
    assert str(caught.value).startswith(f"still-running: {ID} is not final yet (request ")
    assert clock.slept == [1, 1, 1, 1, 0.5]
    assert preferences(script) == ["wait=4", "wait=4", "wait=3", "wait=2", "wait=1", None, None]


def test_one_look_holds_back_no_longer_than_the_service_may(script, scripted_client):
    script.then(200, SCORE).then(200, SCORE)
    assert not scripted_client.get(ID).final
    scripted_client.get(ID, wait_s=300)
    assert preferences(script) == [None, "wait=30"]


def test_a_batch_comes_back_in_the_order_it_was_sent(script, scripted_client):
    script.then(200, BATCH)
    batch = scripted_client.create_batch_and_wait([{"application": APPLICATION}] * 2, "skip")
    assert [item.index for item in batch.items] == [0, 1]
    assert batch.counts.unprocessed == 1
    assert batch.items[1].error.errors[0].pointer == "/items/1/application/income"
    assert script.seen[0].path == "/v1/score-batches"


def test_a_batch_has_the_verbs_of_a_score(script, scripted_client):
    script.then(202, {"id": BATCH_ID, "status": "queued"}).then(200, BATCH).then(200, BATCH)
    script.then(204)
    accepted = scripted_client.create_batch(iter([{"application": APPLICATION}]), deadline_s=60)
    assert scripted_client.wait_batch(accepted.id) == scripted_client.cancel_batch(accepted.id)
    scripted_client.erase_batch(accepted.id)
    place = f"/v1/score-batches/{BATCH_ID}"
    assert [(seen.method, seen.path) for seen in script.seen[1:]] == [
        ("GET", place),
        ("POST", f"{place}/cancel"),
        ("DELETE", place),
    ]
