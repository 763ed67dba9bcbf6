"""The negative control's run: the same load, journal, checker and kills, on plain Celery.

A harness that finds no loss there would find none anywhere.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import redis

from chaos.case import Where
from chaos.checker import Verdict, check
from chaos.faults import STALL_S
from chaos.journal import Submission
from chaos.load import Load
from chaos.offline import Oracle, invent
from chaos.plain import READY, VISIBILITY_S, PlainTarget
from chaos.rig import RigError
from local import processes
from local.processes import Process
from local.service import Service
from protocol.ledger import connect
from protocol.settings import Settings

#: Windows that are opened one after the other.
WINDOWS = 3
#: Workers that are killed under load, in each storm.
KILLS = 5
#: Storms at most, until one has lost a job: whether a kill meets the window is chance.
STORMS = 5
#: Submissions a second meanwhile: few enough for workers that have just started. One that has more
#: than it can do asks Redis for nothing, and has no window.
RATE = 30
#: Alive in a storm.
WORKERS = 3
#: Of the storm, from a worker at work to its end, s.
CALM_S = (0.2, 1)
#: Nothing that is waited for may take longer, s.
LONGEST_S = 120


@dataclass(frozen=True, slots=True)
class Control:
    """What plain Celery did."""

    #: `WINDOWS` workers killed between Redis' pop and their read of it
    window: Verdict
    #: of each storm, `KILLS` workers killed under load; the last has lost a job, unless none has
    storms: tuple[Verdict, ...]

    @property
    def lost(self) -> int:
        """Jobs that were accepted and never answered in the storms."""
        return sum(len(storm.lost) for storm in self.storms)


class Plain:
    """Plain Celery on a Redis of its own.

    Args:
        folder: its own; it is made.
        artefact: the model, the same as loanscore's.
    """

    def __init__(self, folder: Path, artefact: Path) -> None:
        folder.mkdir(parents=True)
        given = {name: os.environ[name] for name in os.environ if not name.startswith("LOANSCORE_")}
        given |= {"LOANSCORE_STATE_DIR": str(folder), "LOANSCORE_MODEL_DIR": str(artefact)}
        self._service = Service(Settings.read(given), given)
        self._service.logs.mkdir()
        self._made = 0
        self.workers: list[Process] = []
        self.target = PlainTarget(self._service.redis_url)

    @contextmanager
    def running(self) -> Iterator["Plain"]:
        """Run Redis while the block does; workers are started by hand."""
        server = self._service.start_redis()
        try:
            with connect(self._service.redis_url) as client:
                _wait(lambda: _answers(client))
            yield self
        finally:
            for worker in self.workers:
                os.killpg(worker.popen.pid, signal.SIGCONT)
                worker.stop()
            server.stop()
            self.target.close()

    def start_worker(self) -> Process:
        """Start one as its manual says; two processes share its queue."""
        self._made += 1
        command = [sys.executable, "-m", "celery", "--app=chaos.plain_worker", "worker"]
        worker = processes.start(
            f"plain-{self._made}",
            [*command, f"--hostname=plain-{self._made}@here", "--concurrency=2"],
            self._service.environment,
            self._service.logs,
        )
        self.workers.append(worker)
        return worker

    def kill(self, worker: Process) -> None:
        """End a worker and its pool outright."""
        self.workers.remove(worker)
        os.killpg(worker.popen.pid, signal.SIGKILL)
        worker.popen.wait()

    def await_ready(self, worker: Process) -> None:
        """Wait until a worker takes messages."""
        _wait(lambda: READY in worker.log.read_text())

    def await_worker(self, dice: Random) -> None:
        """Wait until somebody scores; the probes are no part of any journal.

        A probe may be lost too, to a process of the last pool that is not dead yet: so another is
        sent every other second.
        """
        probes: list[str] = []
        ends = time.monotonic() + LONGEST_S
        while not any(self.target.read(probe).final for probe in probes):
            if time.monotonic() > ends:
                raise RigError(f"the negative control does not score: waited {LONGEST_S} s")
            probes.append(str(self.target.submit(Submission("probe", (invent(dice),))).id))
            time.sleep(2)


def run(where: Where, seed: int) -> Control:
    """Open the window a few times, then kill workers under load.

    Args:
        where: to work; the service gets a folder of its own in it.
        seed: of what is asked and killed.
    """
    dice = Random(seed)
    with Plain(where.folder / "plain", where.artefact).running() as plain:
        window = _open_windows(plain, where.oracle, dice)
        storms = [_storm(plain, where.oracle, dice)]
        while not storms[-1].lost and len(storms) < STORMS:
            storms.append(_storm(plain, where.oracle, dice))
    return Control(window, tuple(storms))


def _open_windows(plain: Plain, oracle: Oracle, dice: Random) -> Verdict:
    """Freeze the worker, publish, kill: Redis has handed over what nobody read."""
    load = Load(plain.target, 1, dice)
    plain.start_worker()
    for number in range(WINDOWS):
        plain.await_worker(dice)
        worker = plain.workers[0]
        time.sleep(0.5)  # until it has acknowledged the probe and waits for the next message
        os.killpg(worker.popen.pid, signal.SIGSTOP)
        load.send(Submission(f"window-{number}", (invent(dice),)))
        plain.kill(worker)
        plain.start_worker()
    plain.await_worker(dice)
    return _settle(plain, load, oracle)


def _storm(plain: Plain, oracle: Oracle, dice: Random) -> Verdict:
    while len(plain.workers) < WORKERS:
        plain.start_worker()
    load = Load(plain.target, RATE, dice)
    load.start()
    try:
        for _ in range(KILLS):
            oldest = plain.workers[0]
            plain.await_ready(oldest)
            time.sleep(dice.uniform(*CALM_S))
            os.killpg(oldest.popen.pid, signal.SIGSTOP)
            time.sleep(dice.uniform(0, STALL_S))
            plain.kill(oldest)
            plain.start_worker()
        return _settle(plain, load, oracle)
    finally:
        load.stop()


def _settle(plain: Plain, load: Load, oracle: Oracle) -> Verdict:
    """Give it all the time its settings promise, and more, until the broker is empty."""
    load.stop_submitting()
    time.sleep(2 * VISIBILITY_S)
    _wait(lambda: not plain.target.holds_messages())
    load.settle(2)
    return check(load.journal.calls, oracle.expected(load.journal.submissions))


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _wait(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + LONGEST_S
    while not condition():
        if time.monotonic() > ends:
            raise RigError(f"the negative control hangs: waited {LONGEST_S} s")
        time.sleep(0.05)
