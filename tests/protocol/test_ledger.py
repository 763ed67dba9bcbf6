"""The ledger on a real Redis: failures first."""

import time
from collections.abc import Callable

import pytest
import redis

from protocol import names
from protocol.application import EXAMPLE
from protocol.errors import LedgerUnavailable
from protocol.ledger import Claim, Completion, Job, Ledger, connect
from protocol.settings import Settings
from protocol.states import FINAL, State

WORKER = '{"host": "here", "digest": "sha256:00"}'


def new_job(**more) -> Job:
    return Job(names.new_score_id(), EXAMPLE, **more)


def accept(ledger: Ledger, **more) -> str:
    return ledger.accept([new_job()], "tests", **more).id


def rang(ledger: Ledger) -> bool:
    return ledger.accept([new_job()], "tests").ring


def read(ledger: Ledger, score_id: str):
    return ledger.read([score_id])[0]


def success(claim: Claim, answer: str = "{}") -> Completion:
    return Completion(claim, State.SUCCEEDED, answer)


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_an_unknown_id_is_none(ledger):
    assert read(ledger, names.new_score_id()) is None


def test_a_redis_that_is_away_is_named_and_quotes_nothing(tmp_path):
    settings = Settings(redis_url=f"unix://{tmp_path}/nothing.sock")
    away = Ledger(connect(settings.redis), settings)
    with pytest.raises(LedgerUnavailable) as caught:
        accept(away)
    assert str(EXAMPLE.income) not in str(caught.value)


def test_an_accept_that_is_sent_twice_is_one_job(ledger):
    job = new_job()
    for _ in range(2):
        assert ledger.accept([job], "tests").id == job.id
    assert len(ledger.claim(stay_awake=False)) == 1
    assert ledger.books().accepted == 1


def test_the_bell_rings_once_until_a_worker_falls_asleep(ledger):
    rings = [rang(ledger) for _ in range(3)]
    assert rings == [True, False, False]
    ledger.claim(stay_awake=True)
    assert not rang(ledger)
    ledger.claim(stay_awake=False)
    assert rang(ledger)


def test_a_backlog_rings_for_further_workers(ledger):
    rings = [rang(ledger) for _ in range(130)]
    assert [number for number, ring in enumerate(rings, 1) if ring] == [1, 64, 128]


def test_a_claim_takes_the_oldest_first_and_each_job_once(ledger):
    early = {accept(ledger) for _ in range(6)}
    age_s = ledger.books().oldest_s
    until(lambda: ledger.books().oldest_s >= age_s + 0.002)  # the youngest is older, too
    late = {accept(ledger) for _ in range(64)}
    first, second = ledger.claim(stay_awake=False), ledger.claim(stay_awake=False)
    assert {claim.id for claim in first[:6]} == early
    assert {claim.id for claim in first[6:] + second} == late
    assert len(first) == Settings().claim_size
    assert ledger.claim(stay_awake=False) == []


def test_the_first_answer_wins_and_a_second_changes_nothing(ledger):
    score_id = accept(ledger)
    (claim,) = ledger.claim(stay_awake=False)
    assert ledger.complete([success(claim, '{"first": 1}')]) == 1
    assert ledger.complete([success(claim, '{"second": 2}')]) == 0
    assert read(ledger, score_id)["answer"] == '{"first": 1}'


def test_an_ended_lease_returns_the_job_and_fences_the_late_worker(ledger):
    score_id = accept(ledger)
    (late,) = ledger.claim(stay_awake=False)
    until(lambda: ledger.sweep(WORKER, "{}").returned == 1)
    (taken_up,) = ledger.claim(stay_awake=False)
    assert (taken_up.id, taken_up.attempt) == (score_id, late.attempt + 1)
    assert ledger.complete([success(late, '{"late": 1}')]) == 0
    assert ledger.complete([success(taken_up, '{"good": 1}')]) == 1
    assert read(ledger, score_id)["answer"] == '{"good": 1}'


def test_a_running_lease_is_left_alone(ledger):
    accept(ledger)
    ledger.claim(stay_awake=False)
    assert ledger.sweep(WORKER, "{}").returned == 0


def test_a_job_that_kills_every_worker_becomes_a_dead_letter(ledger, client):
    score_id = accept(ledger)
    for _ in range(2):  # the fixture allows two attempts
        ledger.claim(stay_awake=False)
        until(lambda: bool(ledger.sweep(WORKER, '{"error": {}}')) and not ledger.books().running)
    assert read(ledger, score_id)["state"] == State.DEAD
    assert [letter.id for letter in ledger.dead_letters(10)] == [score_id]
    assert ledger.claim(stay_awake=False) == []


def test_a_lost_doorbell_rings_again(ledger, client):
    assert rang(ledger)
    assert not ledger.sweep(WORKER, "{}").ring
    client.delete(names.BELL)  # what its TTL does
    assert ledger.sweep(WORKER, "{}").ring


def test_a_worker_is_alive_while_it_sweeps_and_gone_when_it_says_so(ledger):
    assert ledger.live_workers() == []
    ledger.sweep(WORKER, "{}")
    assert [worker["host"] for worker in ledger.live_workers()] == ["here"]
    ledger.forget_worker(WORKER)
    assert ledger.live_workers() == []


def test_the_books_balance_after_every_kind_of_end(ledger, client):
    expired, *_ = (accept(ledger) for _ in range(6))
    client.delete(names.JOB + expired)  # what its TTL does
    claims = ledger.claim(stay_awake=False)
    ledger.complete([success(claims[0]), Completion(claims[1], State.FAILED, "{}")])
    until(lambda: ledger.sweep(WORKER, "{}").returned == 3)
    ledger.claim(stay_awake=False)
    accept(ledger)
    books = ledger.books()
    assert (books.accepted, books.queued, books.running, books.drift) == (7, 1, 3, 0)
    assert books.final == {"cancelled": 0, "dead": 0, "expired": 1, "failed": 1, "succeeded": 1}


def test_every_record_has_a_time_to_live(ledger, client):
    waiting, done = accept(ledger), None
    claims = ledger.claim(stay_awake=False)
    ledger.complete([success(claims[0])])
    done, waiting = waiting, accept(ledger)
    assert 0 < client.ttl(names.JOB + done) <= Settings().result_ttl_s
    assert client.ttl(names.JOB + waiting) > Settings().queued_ttl_s
    assert client.ttl(names.GONE + done) > Settings().result_ttl_s


def test_every_key_lies_under_the_hash_tag(ledger, client):
    accept(ledger)
    accept(ledger)
    ledger.claim(stay_awake=False)
    ledger.sweep(WORKER, "{}")
    assert {key.startswith(names.TAG) for key in client.scan_iter()} == {True}


def test_the_scripts_write_only_states_that_are_known(ledger):
    assert set(ledger.books().final) == {state.value for state in FINAL}


def test_a_connection_sets_every_timeout(redis_url):
    with connect(redis_url) as connection:
        options = connection.connection_pool.connection_kwargs
    assert options["socket_timeout"] <= 1
    assert options["socket_connect_timeout"] <= 1
    assert isinstance(connection, redis.Redis)
