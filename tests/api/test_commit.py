"""Group commit: each caller its own reply, whoever shares the round trip."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.commit import LARGEST, GroupCommit
from protocol import names
from protocol.application import EXAMPLE
from protocol.errors import LedgerUnavailable
from protocol.ledger import Job, Ledger
from protocol.scripts import Scripts
from protocol.settings import Settings


class Echo:
    """Answers each call with its own argument; fails those that say so."""

    def __init__(self) -> None:
        self.trips: list[int] = []

    def __call__(self, calls):
        self.trips.append(len(calls))
        return [
            LedgerUnavailable(step) if step == "bad" else argument for step, (argument,) in calls
        ]


@given(st.lists(st.sampled_from(["good", "bad"]), min_size=1, max_size=200), st.integers(1, 32))
def test_nobody_gets_anothers_reply_and_a_failure_stays_alone(steps, threads):
    run = GroupCommit(Echo())

    def call(number_and_step):
        number, step = number_and_step
        try:
            return run(step, number)
        except LedgerUnavailable:
            return "failed"

    with ThreadPoolExecutor(threads) as pool:
        replies = list(pool.map(call, enumerate(steps)))
    assert replies == [n if step == "good" else "failed" for n, step in enumerate(steps)]


class Held(Echo):
    """Holds the first round trip until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go = threading.Event(), threading.Event()

    def __call__(self, calls):
        if not self.trips:
            self.entered.set()
            self.go.wait()
        return super().__call__(calls)


def test_a_lone_call_goes_at_once_and_those_that_come_meanwhile_go_together():
    held = Held()
    run = GroupCommit(held)
    with ThreadPoolExecutor(LARGEST + 11) as pool:
        first = pool.submit(run, "good", -1)
        held.entered.wait()
        rest = [pool.submit(run, "good", number) for number in range(LARGEST + 10)]
        while len(run._waiting) < LARGEST + 10:
            pass
        held.go.set()
        assert first.result() == -1
        assert [future.result() for future in rest] == list(range(LARGEST + 10))
    assert held.trips == [1, LARGEST, 10]


def test_a_round_trip_that_fails_fails_all_of_its_members_and_no_later_one():
    trips = []

    def fail_once(calls):
        trips.append(calls)
        if len(trips) == 1:
            raise LedgerUnavailable("away")
        return [None] * len(calls)

    run = GroupCommit(fail_once)
    with pytest.raises(LedgerUnavailable):
        run("good", 1)
    assert run("good", 1) is None


def test_concurrent_requests_read_their_own_records(client, redis_url):
    settings = Settings(redis_url=redis_url)
    ledger = Ledger(client, settings, GroupCommit(Scripts(client, settings).run_all))

    def submit_and_read(number):
        job = Job(names.new_score_id(), EXAMPLE, reference=f"R{number}")
        accepted = ledger.accept([job], "tests")
        return accepted.id == job.id and ledger.read([job.id])[0]["reference"] == job.reference

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(submit_and_read, range(400)))
    assert ledger.books().accepted == 400


def test_a_script_redis_forgot_is_loaded_again(client, redis_url):
    settings = Settings(redis_url=redis_url)
    scripts = Scripts(client, settings)
    client.script_flush()
    assert scripts.run_all([("cancel", (names.new_score_id(),))] * 2) == [0, 0]
    client.script_flush()
    assert scripts.run("cancel", names.new_score_id()) == 0
