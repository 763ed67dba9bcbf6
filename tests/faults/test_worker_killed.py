"""A worker is killed outright: what it held is taken up by another, and nothing is lost."""

import os
import signal
import time

import pytest

from local.processes import Process
from local.service import Service
from protocol import names
from protocol.application import EXAMPLE
from protocol.ledger import Books, Ledger, connect


@pytest.fixture
def worker(own: Service) -> Process:
    """The one worker that runs when a test begins."""
    workers = [process for process in own.processes if process.name.startswith("worker")]
    for other in workers[1:]:
        end(own, other, signal.SIGKILL)
    return workers[0] if workers else start(own)


@pytest.fixture
def own_ledger(own: Service) -> Ledger:
    return Ledger(connect(own.redis_url), own.settings)


def start(own: Service) -> Process:
    return own.start_worker(f"worker-{names.new_score_id()[3:]}")


def end(own: Service, process: Process, how: signal.Signals) -> int:
    os.killpg(process.popen.pid, how)
    own.processes.remove(process)
    return process.popen.wait(30)


def check_books(ledger: Ledger, before: Books, scored: int) -> None:
    after = ledger.books()
    assert after.accepted - before.accepted == scored
    assert after.final["succeeded"] - before.final["succeeded"] == scored
    assert after.drift == 0


def test_a_killed_workers_jobs_are_taken_up_by_another(own, worker, own_http, own_ledger, report):
    before = own_ledger.books()
    # Claim as a worker does, then do nothing: to the ledger, exactly a worker killed at work.
    os.killpg(worker.popen.pid, signal.SIGSTOP)
    ids = [own_http.submit(EXAMPLE) for _ in range(20)]
    assert [claim.id for claim in own_ledger.claim(stay_awake=False)] == ids
    end(own, worker, signal.SIGKILL)
    killed = time.monotonic()
    start(own)
    scores = [own_http.wait(score_id, 60) for score_id in ids]
    report(f"worker killed holding 20 jobs: all answered {time.monotonic() - killed:.1f} s later")
    assert {score["status"] for score in scores} == {"succeeded"}
    check_books(own_ledger, before, 20)


def test_nothing_is_lost_when_workers_are_killed_again_and_again(
    own, worker, own_http, own_ledger, report
):
    before = own_ledger.books()
    workers, ids = [worker, start(own)], []
    for _ in range(6):
        ids += [own_http.submit(EXAMPLE) for _ in range(50)]
        end(own, workers.pop(0), signal.SIGKILL)
        workers.append(start(own))
    scores = [own_http.wait(score_id, 60) for score_id in ids]
    succeeded = [score for score in scores if score["status"] == "succeeded"]
    report(f"6 worker kills under load: {len(ids)} accepted, {len(ids) - len(succeeded)} lost")
    assert len(succeeded) == len(ids)
    assert len({score["result"]["pd"] for score in scores}) == 1
    check_books(own_ledger, before, 300)


def test_a_message_popped_by_a_worker_that_dies_is_rung_again(own, worker, own_http, own_ledger):
    """The window kombu leaves open: a frozen worker's socket takes the message, then it dies."""
    before = own_ledger.books()
    for _ in range(3):
        os.killpg(worker.popen.pid, signal.SIGSTOP)
        score_id = own_http.submit(EXAMPLE)
        end(own, worker, signal.SIGKILL)
        worker = start(own)
        assert own_http.wait(score_id, 60)["status"] == "succeeded"
    check_books(own_ledger, before, 3)


def test_a_stopped_worker_ends_by_itself_and_leaves_the_list(own, worker, own_http, own_ledger):
    assert own_http.wait(own_http.submit(EXAMPLE))["status"] == "succeeded"
    assert end(own, worker, signal.SIGTERM) == 0
    live = {worker["process"] for worker in own_ledger.live_workers()}
    assert str(worker.popen.pid) not in live
    ends = time.monotonic() + 30
    while own_http.get("/readyz").status_code != 503:  # workers killed before are still believed
        assert time.monotonic() < ends
        time.sleep(0.1)
    waiting = own_http.submit(EXAMPLE)
    assert own_http.poll(waiting)["status"] == "queued"
    start(own)
    assert own_http.wait(waiting)["status"] == "succeeded"
