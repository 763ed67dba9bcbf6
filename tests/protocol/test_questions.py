"""Questions on a real Redis: short jobs that nobody but their asker hears of."""

import time

import pytest
import redis

from protocol import names
from protocol.application import EXAMPLE
from protocol.errors import LedgerUnavailable
from protocol.ledger import Completion, Happened, Job, Ledger
from protocol.scripts import QUESTION_DEADLINE_MS, QUESTION_MS
from protocol.settings import Settings
from protocol.states import State

WORKER = '{"host": "here", "digest": "sha256:00"}'


def succeeded(ledger: Ledger) -> str:
    score_id = ledger.accept([Job(names.new_score_id(), EXAMPLE)], "tests").id
    ledger.complete([Completion(ledger.claim(stay_awake=False)[0], State.SUCCEEDED, "{}")])
    return score_id


def ask(ledger: Ledger, score_id: str, owner: str = "tests") -> tuple[str, Happened, bool]:
    question_id = names.new_question_id()
    return question_id, *ledger.ask(question_id, names.WHAT_IF, score_id, owner)


def test_only_a_score_that_succeeded_is_asked_about_and_by_its_owner(ledger):
    queued = ledger.accept([Job(names.new_score_id(), EXAMPLE)], "tests").id
    for score_id in (queued, names.new_score_id()):
        assert ask(ledger, score_id)[1:] == (Happened.GONE, False)
    ledger.cancel([queued])
    assert ask(ledger, queued)[1] == Happened.GONE
    assert ask(ledger, succeeded(ledger), "somebody else")[1] == Happened.GONE
    books = ledger.books()
    assert (books.queued, books.drift) == (0, 0)


def test_a_question_that_is_asked_twice_is_one(ledger):
    score_id, question_id = succeeded(ledger), names.new_question_id()
    for ring in (True, False):
        again = ledger.ask(question_id, names.WHAT_IF, score_id, "tests")
        assert again == (Happened.ASKED, ring)
    assert ledger.books().queued == 1


def test_a_claim_tells_a_question_from_a_score(ledger):
    question_id, happened, _ = ask(ledger, succeeded(ledger))
    assert happened == Happened.ASKED
    ledger.accept([Job(names.new_score_id(), EXAMPLE)], "tests")
    claims = ledger.claim(stay_awake=False)
    kinds = {claim.id: claim.kind for claim in claims}
    assert sorted(kinds.values()) == ["", names.WHAT_IF]
    assert kinds[question_id] == names.WHAT_IF
    assert len({claim.application for claim in claims}) == 1


def test_a_question_leaves_no_decision_record_however_it_ends(ledger, client):
    score_id = succeeded(ledger)
    assert client.xlen(names.RECORDS) == 1
    ask(ledger, score_id)
    ledger.complete([Completion(ledger.claim(stay_awake=False)[0], State.SUCCEEDED, "{}")])
    cancelled, *_ = ask(ledger, score_id)
    ledger.cancel([cancelled])
    forgotten, *_ = ask(ledger, score_id)
    client.delete(names.JOB + forgotten)
    assert ledger.claim(stay_awake=False) == []
    assert ledger.books().drift == 0
    assert client.xlen(names.RECORDS) == 1


def test_an_answer_is_read_announced_and_leaves_no_tombstone_and_no_event(ledger, client):
    client.sadd(names.WEBHOOKS_OF + "tests", "wh_1")
    score_id = succeeded(ledger)
    assert client.zcard(names.OUTBOX) == 1
    question_id, *_ = ask(ledger, score_id)
    with client.pubsub() as channel:
        channel.subscribe(names.FINISHED)
        assert channel.get_message(timeout=5)["type"] == "subscribe"
        (claim,) = ledger.claim(stay_awake=False)
        assert ledger.complete([Completion(claim, State.SUCCEEDED, '{"what-if": {}}')]) == 1
        assert channel.get_message(timeout=5)["data"] == question_id
    assert ledger.read([question_id])[0]["answer"] == '{"what-if": {}}'
    assert 0 < client.pttl(names.JOB + question_id) <= QUESTION_MS
    assert client.zcard(names.OUTBOX) == 1
    ledger.erase([question_id])
    assert ledger.read([question_id]) == [None]
    books = ledger.books()
    assert (books.accepted, books.final["succeeded"], books.drift) == (2, 2, 0)


def test_a_question_nobody_waits_for_any_more_leaves_the_queue(ledger):
    waiting, *_ = ask(ledger, succeeded(ledger))
    ledger.erase([waiting])
    held, *_ = ask(ledger, succeeded(ledger))
    (claim,) = ledger.claim(stay_awake=False)
    ledger.erase([held])
    assert ledger.complete([Completion(claim, State.SUCCEEDED, "{}")]) == 0
    books = ledger.books()
    assert (books.queued, books.running, books.final["cancelled"], books.drift) == (0, 0, 2, 0)


def test_a_question_whose_time_is_up_is_expired_and_one_that_is_forgotten_is_counted(
    ledger, client
):
    late, *_ = ask(ledger, succeeded(ledger))
    deadline = int(client.hget(names.JOB + late, "deadline_ms"))
    created = int(client.hget(names.JOB + late, "created_ms"))
    assert deadline - created == QUESTION_DEADLINE_MS
    client.hset(names.JOB + late, "deadline_ms", created - 1)
    assert ledger.read([late])[0]["state"] == State.EXPIRED
    forgotten, *_ = ask(ledger, succeeded(ledger))
    client.delete(names.JOB + forgotten)  # as when its time to live is up
    assert ledger.claim(stay_awake=False) == []
    books = ledger.books()
    assert (books.final["expired"], books.drift) == (2, 0)


def test_a_question_whose_worker_died_is_answered_by_another_and_never_a_dead_letter(ledger):
    question_id, *_ = ask(ledger, succeeded(ledger))
    for attempt in (1, 2):  # as many as the ledger of the tests allows
        (claim,) = ledger.claim(stay_awake=False)
        assert (claim.id, claim.attempt) == (question_id, attempt)
        ends = time.monotonic() + 10
        while not ledger.sweep(WORKER, '{"error": {}}').returned:
            if ledger.books().running == 0:
                break
            assert time.monotonic() < ends
            time.sleep(0.02)
    assert ledger.read([question_id])[0]["state"] == State.FAILED
    assert ledger.dead_letters(10) == []
    books = ledger.books()
    assert (books.final["failed"], books.final["dead"], books.drift) == (1, 0, 0)


def test_a_question_is_refused_where_too_much_waits(client, redis_url):
    ledger = Ledger(client, Settings(redis_url=redis_url, queue_limit=1))
    score_id = succeeded(ledger)
    ask(ledger, score_id)
    assert ask(ledger, score_id)[1:] == (Happened.OVERLOADED, False)


def test_a_full_redis_is_asked_nothing_and_a_question_it_has_is_answered(ledger, client):
    score_id = succeeded(ledger)
    question_id, *_ = ask(ledger, score_id)
    client.config_set("maxmemory", 1)
    try:
        with pytest.raises(redis.OutOfMemoryError):
            client.set(names.TAG + "full", 1)
        with pytest.raises(LedgerUnavailable):
            ask(ledger, score_id)
        (claim,) = ledger.claim(stay_awake=False)
        assert ledger.complete([Completion(claim, State.SUCCEEDED, "{}")]) == 1
        assert ledger.read([question_id])[0]["state"] == State.SUCCEEDED
        ledger.erase([question_id])
    finally:
        client.config_set("maxmemory", 0)
    books = ledger.books()
    assert (books.accepted, books.drift) == (2, 0)
