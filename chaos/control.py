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
from chaos.journal import Submission
from chaos.load import Load
from chaos.offline import Oracle, invent
from chaos.plain import VISIBILITY_S, PlainTarget
from chaos.rig import RigError
from local import processes
from local.processes import Process
from local.service import Service
from protocol.ledger import connect
from protocol.settings import Settings

#: Windows that are opened one after the other.
WINDOWS = 3
#: Nothing that is waited for may take longer, s.
LONGEST_S = 60


@dataclass(frozen=True, slots=True)
class Control:
    """What plain Celery did."""

    #: pop-windows opened, and the jobs lost in them
    windows: int
    window: Verdict
    #: workers killed under load; None when only the windows were run
    kills: int
    storm: Verdict | None

    @property
    def lost(self) -> int:
        """Accepted and never answered, in both parts."""
        return len(self.window.lost) + (len(self.storm.lost) if self.storm else 0)


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


def run(where: Where, storm_s: float, seed: int) -> Control:
    """Open the window a few times, then kill workers under load.

    Args:
        where: to work; the service gets a folder of its own in it.
        storm_s: seconds of the storm; 0 leaves it out.
        seed: of what is asked and killed.
    """
    dice = Random(seed)
    with Plain(where.folder / "plain", where.artefact).running() as plain:
        window = _open_windows(plain, where.oracle, dice)
        kills, stormy = _storm(plain, where.oracle, dice, storm_s) if storm_s else (0, None)
    return Control(WINDOWS, window, kills, stormy)


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


def _storm(plain: Plain, oracle: Oracle, dice: Random, seconds: float) -> tuple[int, Verdict]:
    plain.start_worker()
    load = Load(plain.target, 100, dice)
    load.start()
    ends, kills = time.monotonic() + seconds, 0
    try:
        while time.monotonic() < ends:
            time.sleep(dice.uniform(1, 2))
            plain.kill(dice.choice(plain.workers))
            plain.start_worker()
            kills += 1
        return kills, _settle(plain, load, oracle)
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
