"""One decision record for each final score, written in the step that makes it final."""

import json
import time

import pytest

from protocol import names
from protocol.application import EXAMPLE
from protocol.ledger import Batch, Completion, Idempotency, Job, Ledger
from protocol.record import EMPTY, Head
from protocol.record_stream import RecordStream
from protocol.settings import Settings
from protocol.states import State

WORKER = '{"host": "here", "digest": "sha256:00"}'


@pytest.fixture
def stream(client):
    return RecordStream(client, Settings())


@pytest.fixture
def records(stream):
    """All records that wait, as pairs of id and state."""
    return lambda: [(entry["id"], entry["state"]) for _, entry in stream.entries(1_000)]


def new_job(**more):
    return Job(names.new_score_id(), EXAMPLE, **more)


def accept(ledger, **more):
    return ledger.accept([new_job()], "tests", **more).id


def until(condition):
    ends = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_a_job_that_is_not_final_has_no_record(ledger, records):
    accept(ledger)
    accept(ledger)
    ledger.claim(stay_awake=False)
    assert records() == []


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED])
def test_a_scored_job_has_one_record_that_holds_all_of_it(ledger, stream, state):
    job = new_job(reference="LOS-1", metadata='{"branch": "Lyon"}')
    ledger.accept([job], "acme-los", actor="0123abcd")
    (claim,) = ledger.claim(stay_awake=False)
    ledger.complete([Completion(claim, state, '{"result": {}}', '{"logit": 1}')])
    ((entry_id, entry),) = stream.entries(10)
    assert entry_id.partition("-")[0] >= entry["created_ms"]
    assert int(entry.pop("created_ms")) <= int(entry.pop("finished_ms"))
    assert entry == {
        "v": "1",
        "class": "score",
        "id": job.id,
        "state": state,
        "owner": "acme-los",
        "batch": "",
        "application": json.dumps(EXAMPLE),
        "reference": "LOS-1",
        "metadata": '{"branch": "Lyon"}',
        "attempt": "1",
        "actor": "0123abcd",
        "answer": '{"result": {}}',
        "evidence": '{"logit": 1}',
    }


def test_neither_redelivery_nor_a_late_worker_nor_a_repeated_accept_makes_a_second(ledger, records):
    again = Idempotency("/v1/scores key", "f" * 64)
    score_id = accept(ledger, idempotency=again)
    (late,) = ledger.claim(stay_awake=False)
    until(lambda: ledger.sweep(WORKER, "{}").returned == 1)
    (claim,) = ledger.claim(stay_awake=False)
    done = [Completion(one, State.SUCCEEDED, "{}") for one in (late, claim, claim, late)]
    for one in done:
        ledger.complete([one])
        assert accept(ledger, idempotency=again) == score_id
    ledger.cancel([score_id])
    ledger.erase([score_id])
    ledger.sweep(WORKER, "{}")
    assert records() == [(score_id, "succeeded")]


def test_a_cancelled_and_an_erased_job_have_one_each(ledger, records):
    cancelled, erased = accept(ledger), accept(ledger)
    for _ in range(2):
        ledger.cancel([cancelled])
        ledger.erase([erased, cancelled])
    assert records() == [(cancelled, "cancelled"), (erased, "cancelled")]


@pytest.mark.parametrize("who", ["claim", "complete", "sweep", "read", "cancel", "erase"])
def test_whoever_meets_a_late_job_first_writes_its_record(ledger, client, records, who):
    score_id = accept(ledger)
    claims = ledger.claim(stay_awake=False) if who in {"complete", "sweep"} else []
    client.hset(names.JOB + score_id, "deadline_ms", 1)
    if who == "sweep":
        client.zadd(names.LEASES, {score_id: 1})
    for _ in range(2):
        ledger.complete([Completion(claim, State.SUCCEEDED, "{}") for claim in claims])
        {
            "claim": lambda: ledger.claim(stay_awake=False),
            "complete": lambda: None,
            "sweep": lambda: ledger.sweep(WORKER, "{}"),
            "read": lambda: ledger.read([score_id]),
            "cancel": lambda: ledger.cancel([score_id]),
            "erase": lambda: ledger.erase([score_id]),
        }[who]()
    assert records() == [(score_id, "expired")]


@pytest.mark.parametrize("claimed", [True, False])
def test_a_job_whose_hash_was_gone_has_a_record_of_what_is_known(ledger, client, stream, claimed):
    score_id = accept(ledger)
    if claimed:
        ledger.claim(stay_awake=False)
        client.zadd(names.LEASES, {score_id: 1})
    client.delete(names.JOB + score_id)  # what its TTL does
    for _ in range(2):
        ledger.claim(stay_awake=False)
        ledger.sweep(WORKER, "{}")
    ((_, entry),) = stream.entries(10)
    assert (entry["id"], entry["state"], entry["application"]) == (score_id, "expired", "")
    assert ledger.books().drift == 0


def test_a_dead_letter_and_what_it_was_redriven_as_have_one_each(ledger, client, stream):
    score_id = accept(ledger, actor="0123abcd")
    for _ in range(2):
        ledger.claim(stay_awake=False)
        until(lambda: bool(ledger.sweep(WORKER, '{"error": {}}')) and not ledger.books().running)
    new_id, _ = ledger.redrive(score_id, names.new_score_id(), "operator")
    assert ledger.redrive(score_id, names.new_score_id(), "another") == (new_id, False)
    (claim,) = ledger.claim(stay_awake=False)
    ledger.complete([Completion(claim, State.SUCCEEDED, "{}")])
    found = [(entry["id"], entry["state"], entry["actor"]) for _, entry in stream.entries(10)]
    assert found == [(score_id, "dead", "0123abcd"), (new_id, "succeeded", "operator")]


def test_each_item_of_a_batch_has_one_and_names_it(ledger, stream):
    jobs = [new_job() for _ in range(3)]
    batch = Batch(names.new_batch_id(), json.dumps([job.id for job in jobs]))
    ledger.accept(jobs, "tests", batch=batch)
    ledger.cancel([job.id for job in jobs])
    found = [(entry["id"], entry["batch"]) for _, entry in stream.entries(10)]
    assert found == [(job.id, batch.id) for job in jobs]


def test_a_job_accepted_by_the_previous_release_has_one_without_an_actor(ledger, client, stream):
    score_id = accept(ledger, actor="0123abcd")
    assert client.hget(names.JOB + score_id, "v") == "2"
    client.hset(names.JOB + score_id, "v", 1)
    client.hdel(names.JOB + score_id, "actor")
    assert ledger.read([score_id])[0]["state"] == "queued"
    ledger.cancel([score_id])
    ((_, entry),) = stream.entries(10)
    assert (entry["id"], entry["actor"]) == (score_id, "")


def test_final_scores_and_records_are_as_many_on_a_full_redis_too(ledger, client, stream):
    ids = [accept(ledger) for _ in range(70)]
    client.config_set("maxmemory", 1)
    try:
        claims = ledger.claim(stay_awake=False) + ledger.claim(stay_awake=False)
        ledger.complete([Completion(claim, State.SUCCEEDED, "{}") for claim in claims[:-1]])
        ledger.cancel([claims[-1].id])
    finally:
        client.config_set("maxmemory", 0)
    assert sorted(entry["id"] for _, entry in stream.entries(100)) == sorted(ids)
    assert stream.waiting().records == sum(ledger.books().final.values()) == 70


def test_the_record_has_no_time_to_live(ledger, client):
    ledger.cancel([accept(ledger)])
    assert client.ttl(names.RECORDS) == -1


def test_a_head_moves_only_under_the_lease_and_from_where_it_was(ledger, client, stream):
    for _ in range(3):
        ledger.cancel([accept(ledger)])
    (first, _), (second, _), _ = stream.entries(10)
    head, further = Head(1, "a" * 64), Head(2, "b" * 64)
    assert not stream.settle("no token", None, head, first)
    token = stream.lease()
    assert stream.lease() is None
    assert stream.settle(token, None, head, first)
    assert stream.head() == head
    assert stream.waiting().records == 2
    assert not stream.settle(token, head, further, second)  # the lease ended with the first
    assert not stream.settle(stream.lease(), None, further, second)
    assert not stream.settle(stream.lease(), EMPTY, further, second)
    assert stream.head() == head
    assert stream.settle(stream.lease(), head, further, second)
    assert [entry["state"] for _, entry in stream.entries(10)] == ["cancelled"]


def test_entries_are_read_in_pages_without_a_gap(ledger: Ledger, stream):
    ids = [accept(ledger) for _ in range(2_100)]
    ledger.cancel(ids)
    assert [entry["id"] for _, entry in stream.entries(2_050)] == ids[:2_050]
    assert [entry["id"] for _, entry in stream.entries(9_999)] == ids
