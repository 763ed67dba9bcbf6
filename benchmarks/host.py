"""A host: the folder, the port and the processes of one service that is compared."""

import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis

from local import processes
from local.redis import command, server_binary, socket_path
from local.service import NotReadyError
from protocol.ledger import connect
from protocol.settings import Settings

#: A start that takes longer than this has failed, s.
START_S = 60


class Host:
    """Where one service runs.

    Args:
        folder: its own; it is made.
        artefact: the model, the same for all.
        environment: this process's; what concerns folders, port and Redis is replaced.
    """

    def __init__(self, folder: Path, artefact: Path, environment: Mapping[str, str]) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.environment = dict(environment) | {
            "LOANSCORE_STATE_DIR": str(folder),
            "LOANSCORE_MODEL_DIR": str(artefact),
            "LOANSCORE_PORT": str(_free_port()),
            "LOANSCORE_REDIS_URL": "",
        }
        self.settings = Settings.read(self.environment)
        self.url = f"http://{self.settings.host}:{self.settings.port}"
        self._processes: list[processes.Process] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Stop what was started, the last first, when the block ends."""
        try:
            yield
        finally:
            while self._processes:
                self._processes.pop().stop()

    def check(self) -> None:
        """Make sure that everything still runs.

        Raises:
            ProcessEndedError: something has ended.
        """
        for process in self._processes:
            process.check()

    def start(self, name: str, *arguments: str) -> None:
        """Start `python -m` with these arguments; its log lies in the folder."""
        self._start(name, [sys.executable, "-m", *arguments])

    def start_redis(self) -> None:
        """Start a Redis by the same command as ours; the processes started later know of it."""
        folder = self.folder / "redis"
        folder.mkdir(mode=0o700)
        self._start("redis", command(server_binary(self.environment["PATH"]), folder))
        url = f"unix://{socket_path(folder)}"
        self.environment["LOANSCORE_REDIS_URL"] = url
        with connect(url) as client:
            self._wait(lambda: _answers(client))

    def start_gunicorn(self, app: str, workers: int) -> None:
        """Serve a Flask application, with as many threads in all as our API has."""
        options = {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "worker-class": "gthread",
            "workers": workers,
            "threads": max(1, self.settings.api_threads // workers),
            "worker-tmp-dir": self.folder,
        }
        given = [f"--{name}={value}" for name, value in options.items()]
        self.start("web", "gunicorn", *given, "--preload", "--no-control-socket", app)
        self.wait_for_port()

    def wait_for_port(self) -> None:
        """Wait until the service takes connections."""
        self._wait(lambda: _listens(self.settings.host, self.settings.port))

    def _start(self, name: str, arguments: list[str]) -> None:
        self._processes.append(processes.start(name, arguments, self.environment, self.folder))

    def _wait(self, ready: Callable[[], bool]) -> None:
        ends = time.monotonic() + START_S
        while not ready():
            self.check()
            if time.monotonic() > ends:
                raise NotReadyError(f"not ready after {START_S} s; the logs are in {self.folder}")
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
