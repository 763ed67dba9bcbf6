"""Cases about workers that are killed, frozen and stopped: F01 to F04, F13, F14."""

import signal
import time
from random import Random

from chaos import faults
from chaos.case import Case, Family, Lab, demand, told, under_load
from chaos.journal import Submission
from chaos.offline import invent
from chaos.rig import LONGEST_S, Rig
from local.processes import Process

#: A worker that is this far from Redis, each way, is seen at work: it holds each job that long, s.
FAR_S = 0.1


class FarWorkers:
    """Starts workers that are slow enough to be caught while they hold a job."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def __enter__(self) -> "FarWorkers":
        self._rig.proxy.delay(FAR_S)
        for worker in self._rig.workers:
            self._rig.service.kill(worker)
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._rig.workers:
            self._rig.service.kill(worker)
        self._rig.proxy.delay(0)
        for _worker in range(2):
            self._rig.start_worker()

    def catch(self) -> tuple[Process, list[str]]:
        """Start one and wait until it holds jobs; leases of earlier ones do not count.

        Returns:
            The worker and what it holds.
        """
        before = self._rig.leases()
        worker = self._rig.start_worker(LOANSCORE_REDIS_URL=self._rig.proxy.url)
        held: list[str] = []

        def holds() -> bool:
            held[:] = [one for one, end in self._rig.leases().items() if before.get(one) != end]
            return bool(held)

        self._rig.wait(holds)
        return worker, held


def killed_again_and_again(lab: Lab) -> str:
    """F01."""
    dice, kills = Random(1), 10

    def fault() -> None:
        for _ in range(kills):
            time.sleep(dice.uniform(0.5, 1.5))
            faults.kill_worker(lab.rig, dice)

    return f"{kills} kills: {told(under_load(lab, fault, rate=50))}"


def popped(lab: Lab) -> str:
    """F02."""
    windows = 3

    def fault() -> None:
        while len(lab.rig.workers) > 1:
            lab.rig.service.kill(lab.rig.workers[0])
        for _ in range(windows):
            lab.rig.signal(lab.rig.workers[0], signal.SIGSTOP)
            time.sleep(2.5)  # the bell counts as unanswered, so a message goes into the dead socket
            lab.rig.replace_worker(lab.rig.workers[0])
            lab.rig.wait(lambda: lab.rig.live_workers() > 0)
        lab.rig.start_worker()

    return f"{windows} windows: {told(under_load(lab, fault))}; plain Celery's are above"


def killed_holding(lab: Lab) -> str:
    """F03."""
    kills, held = 3, []

    def fault() -> None:
        with FarWorkers(lab.rig) as far:
            for _ in range(kills):
                worker, ids = far.catch()
                lab.rig.service.kill(worker)
                held.append(len(ids))

    verdict = under_load(lab, fault)
    return f"{kills} kills holding {held} jobs: {told(verdict)}"


def poison(lab: Lab) -> str:
    """F04."""
    caller, most = lab.rig.caller(), lab.rig.service.settings.max_attempts
    job = Submission("poison", (invent(Random(4)),))
    with FarWorkers(lab.rig) as far:
        score_id = str(caller.submit(job).id)
        for _ in range(most):
            worker, _ = far.catch()
            lab.rig.service.kill(worker)
    lab.rig.wait(lambda: caller.read(score_id).final)
    answer = caller.http.get(f"/v1/scores/{score_id}").json()
    attempts, code = lab.rig.attempts(score_id), (answer["error"] or {}).get("code")
    demand(answer["status"] == "failed" and attempts == most, f"{answer['status']}, {attempts}")
    others = under_load(lab, lambda: time.sleep(3))
    demand(others.failed == 0, f"{others.failed} other jobs failed")
    return f"failed ({code}) after {attempts} attempts, 1 dead letter; others: {told(others)}"


def frozen_holding(lab: Lab) -> str:
    """F13."""
    seen: dict[str, int] = {}

    def fault() -> None:
        with FarWorkers(lab.rig) as far:
            worker, held = far.catch()
            lab.rig.signal(worker, signal.SIGSTOP)
            lab.rig.start_worker()
            lab.rig.wait(lambda: _done(lab.rig, held))
            lab.rig.signal(worker, signal.SIGCONT)
            time.sleep(1)  # for its late answers to arrive
            seen.update({score_id: lab.rig.attempts(score_id) for score_id in held})

    verdict = under_load(lab, fault)
    again = sum(attempts > 1 for attempts in seen.values())
    demand(bool(again), "the frozen worker held nothing")
    return f"{again} jobs held by the frozen worker were scored by another: {told(verdict)}"


def _done(rig: Rig, ids: list[str]) -> bool:
    caller = rig.caller()
    return all(caller.read(score_id).final for score_id in ids)


def stopped_in_order(lab: Lab) -> str:
    """F14."""
    codes, seconds = [], []

    def fault() -> None:
        for worker in lab.rig.workers:
            lab.rig.start_worker()
            began = time.monotonic()
            lab.rig.signal(worker, signal.SIGTERM)
            codes.append(worker.popen.wait(LONGEST_S))
            seconds.append(time.monotonic() - began)
            lab.rig.service.processes.remove(worker)

    verdict = under_load(lab, fault)
    demand(set(codes) == {0}, f"exit codes {codes}")
    return f"exit codes {codes}, {max(seconds):.1f} s at most, no SIGKILL: {told(verdict)}"


FAMILY = Family(
    (
        Case(
            "F01",
            "`kill -9` of a random worker of two every second",
            killed_again_and_again,
            long=True,
        ),
        Case("F02", "the only worker frozen, jobs published, `kill -9`", popped),
        Case(
            "F03",
            "`kill -9` as soon as it holds a lease, Redis 100 ms away",
            killed_holding,
            long=True,
        ),
        Case("F04", "each worker that holds the job is killed", poison, long=True),
        Case(
            "F13",
            "SIGSTOP while it holds a lease, SIGCONT after another answered",
            frozen_holding,
            long=True,
        ),
        Case("F14", "SIGTERM to each worker in turn", stopped_in_order, long=True),
    ),
    {"lease_s": 1},
)
