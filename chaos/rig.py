"""The rig: a loanscore of its own, two workers, and the handles to break it by."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

import redis

from chaos.caller import Caller
from chaos.proxy import Proxy
from local import key
from local.processes import Process
from local.redis import socket_path
from local.service import Service
from protocol import names
from protocol.errors import LoanscoreError
from protocol.ledger import connect
from protocol.settings import Settings

#: Nothing that is waited for may take longer, s.
LONGEST_S = 60


class RigError(LoanscoreError):
    """The rig could not bring about what a case needs."""


class Rig:
    """A running loanscore and the processes it is made of.

    Args:
        folder: its own; it is made.
        artefact: the model.
        proxied: whether everybody reaches Redis through the proxy; the rig itself never does.
        variables: further settings, without their prefix.
    """

    def __init__(
        self, folder: Path, artefact: Path, *, proxied: bool = False, **variables: object
    ) -> None:
        folder.mkdir(parents=True)
        self.proxy = Proxy(socket_path(folder / "redis"))
        if proxied:
            variables["redis_url"] = self.proxy.url
        given = {name: os.environ[name] for name in os.environ if not name.startswith("LOANSCORE_")}
        #: each client may name portfolios below its own folder in here
        self.books = folder.resolve() / "books"
        variables = {
            "state_dir": folder,
            "model_dir": artefact,
            "port": free_port(),
            "campaign_prefixes": f"file://{self.books}/{{client}}/",
            **variables,
        }
        given |= {f"LOANSCORE_{name.upper()}": str(value) for name, value in variables.items()}
        settings = Settings.read(given)
        self.service = Service(settings, given)
        self.redis = connect(f"unix://{socket_path(folder / 'redis')}")
        self._made = 1
        self._connections = ExitStack()
        self._connections.callback(self.redis.close)

    @contextmanager
    def running(self, workers: int = 2) -> Iterator["Rig"]:
        """Run while the block does."""
        self.proxy.start()
        try:
            self.service.logs.mkdir()
            if self.service.settings.redis_url:
                self.service.start_redis()
            self.service.start()
            while len(self.workers) < workers:
                self.start_worker()
            self.wait(lambda: self.live_workers() >= workers)
            yield self
        finally:
            for process in self.service.processes:
                if process.popen.poll() is None:
                    os.killpg(process.popen.pid, signal.SIGCONT)
            self.service.stop()
            self._connections.close()
            self.proxy.stop()

    @property
    def key(self) -> str:
        """The API key, once it runs."""
        return key.read(self.service.settings)

    def caller(self) -> Caller:
        """One who calls this service, while it runs."""
        caller = Caller(self.service.url, self.key)
        self._connections.callback(caller.http.close)
        return caller

    @property
    def workers(self) -> list[Process]:
        """The workers, oldest first."""
        return [one for one in self.service.processes if one.name.startswith("worker")]

    def process(self, name: str) -> Process:
        """The process of this name: redis or api."""
        return next(one for one in self.service.processes if one.name == name)

    def start_worker(self, **environment: str) -> Process:
        """Start one more worker; its environment may differ."""
        self._made += 1
        return self.service.start_worker(f"worker-{self._made}", **environment)

    @property
    def campaign_workers(self) -> list[Process]:
        """The workers of the campaigns' lane, oldest first."""
        return [one for one in self.service.processes if one.name.startswith("campaigns")]

    def start_campaign_worker(self) -> Process:
        """Start one more worker of the campaigns' lane."""
        self._made += 1
        return self.service.start_campaign_worker(f"campaigns-{self._made}")

    def signal(self, process: Process, number: signal.Signals) -> None:
        """Send a signal to a process and all it started."""
        os.killpg(process.popen.pid, number)

    def replace_worker(self, worker: Process) -> None:
        """Kill a worker outright and start another."""
        self.service.kill(worker)
        self.start_worker()

    def replace_api(self) -> None:
        """Kill the API, its master and its processes, and start it again."""
        self.service.kill(self.process("api"))
        self.service.start_api()

    def replace_redis(self, down_s: float) -> None:
        """Kill Redis, leave it down for a while and start it again on its append-only file."""
        self.service.kill(self.process("redis"))
        time.sleep(down_s)
        self.service.start_redis()

    def freeze(self, process: Process, seconds: float) -> None:
        """Stop a process for a while, as a full machine or a debugger would."""
        self.signal(process, signal.SIGSTOP)
        time.sleep(seconds)
        self.signal(process, signal.SIGCONT)

    def leases(self) -> dict[str, float]:
        """The ids that workers hold, and until when, milliseconds of Redis's clock."""
        pairs = cast(
            "list[tuple[str, float]]", self.redis.zrange(names.LEASES, 0, -1, withscores=True)
        )
        return dict(pairs)

    def attempts(self, score_id: str) -> int:
        """How often a job was given to a worker."""
        return int(self.redis.hget(names.JOB + score_id, "attempt") or 0)

    def live_workers(self) -> int:
        """How many workers say that they live."""
        return int(self.redis.zcard(names.WORKERS))

    def wait(self, condition: Callable[[], bool], longest_s: float = LONGEST_S) -> float:
        """Wait for a condition; Redis may be away meanwhile.

        Returns:
            Seconds it took.
        Raises:
            RigError: it did not come true in time.
        """
        began = time.monotonic()
        while not self._holds(condition):
            if time.monotonic() - began > longest_s:
                raise RigError(f"what a case waits for did not happen within {longest_s} s")
            time.sleep(0.01)
        return time.monotonic() - began

    def _holds(self, condition: Callable[[], bool]) -> bool:
        try:
            return condition()
        except redis.RedisError:
            return False


def free_port() -> int:
    """Find a free TCP port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
