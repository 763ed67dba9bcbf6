"""Redis is full: nothing more is accepted, and all that was accepted is answered."""

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest
import redis

from local.processes import Process
from local.service import Service
from protocol import names
from protocol.application import EXAMPLE
from protocol.errors import LedgerUnavailable
from protocol.ledger import Completion, Gone, Job, Ledger
from protocol.states import FINAL, State
from tests.client import Client

WORKER = '{"host": "here", "digest": "sha256:00"}'
SUBMISSION = {"application": EXAMPLE._asdict()}


@pytest.fixture
def fill(client: redis.Redis) -> Iterator[Callable[[], None]]:
    """Call it, and from then on Redis is far above its maxmemory."""
    yield lambda: check_full(client, "1mb")
    empty(client)


def empty(client: redis.Redis) -> None:
    client.config_set("maxmemory", 0)


def check_full(client: redis.Redis, limit: str) -> None:
    client.config_set("maxmemory", limit)
    if int(client.info("memory")["used_memory"]) < int(client.config_get("maxmemory")["maxmemory"]):
        client.config_set("maxmemory", 1)
    with pytest.raises(redis.OutOfMemoryError):
        client.set(names.TAG + "full", 1)


def accepted(ledger: Ledger, number: int) -> list[str]:
    jobs = [Job(names.new_score_id(), EXAMPLE) for _ in range(number)]
    return [ledger.accept([job], "tests").id for job in jobs]


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_full_redis_accepts_nothing_and_leaves_no_half_of_a_job(ledger, client, fill):
    fill()
    score_id = names.new_score_id()
    with pytest.raises(LedgerUnavailable):
        ledger.accept([Job(score_id, EXAMPLE)], "tests")
    assert ledger.read([score_id]) == [None]
    empty(client)
    assert ledger.books().accepted == 0


@pytest.mark.parametrize("stay_awake", [True, False])
def test_a_full_redis_lets_jobs_be_claimed_and_completed(ledger, client, fill, stay_awake):
    ids = accepted(ledger, 70)
    fill()
    claims = ledger.claim(stay_awake=stay_awake) + ledger.claim(stay_awake=stay_awake)
    # those of the same millisecond come in any order
    assert sorted(claim.id for claim in claims) == sorted(ids)
    done = [Completion(claim, State.SUCCEEDED, '{"result": {}}') for claim in claims]
    assert ledger.complete(done) == 70
    empty(client)
    books = ledger.books()
    assert (books.final["succeeded"], books.drift) == (70, 0)


def test_a_full_redis_lets_an_empty_claim_through(ledger, fill):
    fill()
    assert ledger.claim(stay_awake=True) == ledger.claim(stay_awake=False) == []


def test_a_full_redis_lets_jobs_be_cancelled_and_erased(ledger, client, fill):
    cancelled, erased = accepted(ledger, 2)
    fill()
    assert ledger.cancel([cancelled]) == 1
    ledger.erase([erased])
    assert ledger.read([cancelled])[0]["state"] == State.CANCELLED
    assert ledger.read([erased]) == [Gone("tests")]
    empty(client)
    assert ledger.books().drift == 0


def test_a_full_redis_lets_jobs_of_a_dead_worker_be_returned_and_given_up(ledger, client, fill):
    ids = accepted(ledger, 3)
    ledger.claim(stay_awake=False)
    fill()
    until(lambda: ledger.sweep(WORKER, "{}").returned == 3)
    assert [worker["host"] for worker in ledger.live_workers()] == ["here"]
    assert sorted(claim.id for claim in ledger.claim(stay_awake=False)) == sorted(ids)
    until(lambda: ledger.sweep(WORKER, "{}").dead == 3)  # the fixture allows two attempts
    assert {record["state"] for record in ledger.read(ids)} == {State.DEAD}
    empty(client)
    assert ledger.books().drift == 0


@pytest.fixture
def operator(operator: redis.Redis) -> Iterator[redis.Redis]:
    yield operator
    empty(operator)


def worker_of(own: Service) -> Process:
    (worker,) = [process for process in own.processes if process.name == "worker"]
    return worker


def backlog(own: Service, http: Client, number: int) -> list[str]:
    """Submit while the worker is frozen; it stays frozen."""
    # The API looks once a second: what a test before this one filled may still be full to it.
    until(lambda: http.post("/v1/scores", json=SUBMISSION).status_code == 202)
    os.killpg(worker_of(own).popen.pid, signal.SIGSTOP)
    return [http.submit(EXAMPLE) for _ in range(number)]


def submit_until(
    http: Client, done: Callable[[set[tuple[int, str]]], bool]
) -> tuple[list[str], set[tuple[int, str]]]:
    """Keep submitting; the ids accepted, and status and code of every refusal."""
    ids, refusals = [], set()
    ends = time.monotonic() + 60
    while not done(refusals):
        assert time.monotonic() < ends
        response = http.post("/v1/scores", json=SUBMISSION)
        if response.status_code == 202:
            ids.append(response.json()["id"])
        else:
            assert int(response.headers["Retry-After"]) >= 1
            refusals.add((response.status_code, response.json()["code"]))
    return ids, refusals


def check_answered(own: Service, http: Client, ids: list[str]) -> None:
    assert {http.wait(score_id, 60)["status"] for score_id in ids} == {"succeeded"}
    own.check()


def check_books(own: Service, client: redis.Redis) -> None:
    empty(client)
    assert Ledger(client, own.settings).books().drift == 0


def test_under_load_a_redis_that_fills_up_is_a_503_and_the_backlog_drains(
    own, own_http, operator, report
):
    ids = backlog(own, own_http, 100)
    used = int(operator.info("memory")["used_memory"])
    operator.config_set("maxmemory", used + 200_000)
    os.killpg(worker_of(own).popen.pid, signal.SIGCONT)
    more, refusals = submit_until(
        own_http, lambda refused: bool(refused) and own_http.poll(ids[-1])["status"] in FINAL
    )
    check_answered(own, own_http, ids + more)
    assert refusals <= {(503, "overloaded"), (503, "unavailable")}
    check_books(own, operator)
    report(f"Redis filled up under load: {len(ids + more)} accepted, 0 lost; refused {refusals}")


def test_a_redis_far_above_its_limit_for_ten_seconds_stops_no_worker(
    own, own_http, operator, report
):
    ids = backlog(own, own_http, 300)
    check_full(operator, "1mb")
    os.killpg(worker_of(own).popen.pid, signal.SIGCONT)
    ends = time.monotonic() + 10
    check_answered(own, own_http, ids)
    answered = time.monotonic() - ends + 10
    more, refusals = submit_until(own_http, lambda _: time.monotonic() > ends)
    assert not more
    assert refusals <= {(503, "overloaded"), (503, "unavailable")}
    own.check()
    check_books(own, operator)
    until(lambda: own_http.post("/v1/scores", json=SUBMISSION).status_code == 202)
    check_answered(own, own_http, [own_http.submit(EXAMPLE)])
    report(f"Redis full with 300 jobs waiting: answered {answered:.1f} s later, while still full")


def test_a_worker_starts_on_a_full_redis_and_takes_up_what_waits(own, own_http, operator):
    ids = backlog(own, own_http, 20)
    check_full(operator, "1mb")
    second = own.start_worker("worker-2")
    check_answered(own, own_http, ids)
    os.killpg(worker_of(own).popen.pid, signal.SIGCONT)
    own.processes.remove(second)
    second.stop()
    assert second.popen.returncode == 0
