"""The running service: Redis, one worker, one postman and the API, started and stopped in order."""

import os
import signal
import sys
import time
from collections.abc import Mapping

import httpx
import redis

from local import key, processes
from local.processes import Process
from local.redis import NoRedisError, command, server_binary, socket_path
from local.redis_users import RedisUsers
from protocol.errors import LoanscoreError
from protocol.keystore import KeyStore
from protocol.ledger import connect
from protocol.settings import Settings

#: A start that takes longer than this has failed, s.
START_S = 60


class NotReadyError(LoanscoreError):
    """The service did not become ready."""


class Service:
    """What runs, and how to start and stop it.

    Args:
        settings: as the user gave them.
        environment: of the processes; the LOANSCORE_ variables that tell them of each other are
            added here.
    """

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self.settings = settings
        self.environment = dict(environment)
        self.logs = settings.state_dir / "log"
        self.processes: list[Process] = []
        folder = settings.state_dir / "redis"
        #: the operator's; with a Redis of our own each process gets a user's
        self.redis_url = settings.redis_url or f"unix://{socket_path(folder)}"
        self._users = RedisUsers(folder.resolve() / "redis.sock")
        self.environment["LOANSCORE_REDIS_URL"] = self.redis_url
        if not settings.redis_url:
            self.environment["LOANSCORE_REDIS_DURABILITY"] = "aof-always"
        self.environment["LOANSCORE_STATE_DIR"] = str(settings.state_dir)
        self.url = f"http://{settings.host}:{settings.port}"
        #: `python -m` of this is a worker
        self.worker = "worker"

    def start(self) -> None:
        """Start everything and wait until an application sent now would be scored.

        Raises:
            LoanscoreError: something did not start; the text says what and where its log is.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        if self.settings.redis_url is None:
            self.start_redis()
        self._wait_for_redis()
        with connect(self.redis_url) as client:
            key.ensure(self.settings, KeyStore(client))
        self.start_worker()
        self.start_postman()
        self.start_api()
        self.wait_until_ready()

    def start_redis(self) -> Process:
        """Start a private Redis on a Unix socket."""
        folder = self.settings.state_dir / "redis"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        binary = server_binary(self.environment.get("PATH", os.defpath))
        users = folder.resolve() / "users.acl"
        self._users.write(users, binary)
        process = self._start("redis", command(binary, folder, users))
        # Also one that replaces another is stopped last.
        self.processes.insert(0, self.processes.pop())
        return process

    def start_worker(self, name: str = "worker", **environment: str) -> Process:
        """Start a worker; `name` names its log, `environment` goes before the service's."""
        return self._start(name, [sys.executable, "-m", self.worker], "worker", environment)

    def start_campaign_worker(self, name: str = "campaigns", **environment: str) -> Process:
        """Start a worker of the campaigns' lane; `name` names its log."""
        command = [sys.executable, "-m", self.worker, "campaigns"]
        return self._start(name, command, "worker", environment)

    def start_postman(self, name: str = "webhooks") -> Process:
        """Start a postman, who sends the webhooks; `name` names its log."""
        return self._start(name, [sys.executable, "-m", "worker.webhooks"], "postman")

    def start_api(self) -> Process:
        """Start the API."""
        return self._start("api", [sys.executable, "-m", "api"], "api")

    def redis_url_of(self, user: str) -> str:
        """Give the URL of one of `local.redis_users.USERS`, of whom a foreign Redis knows none."""
        return self.settings.redis_url or self._users.url(user)

    def kill(self, process: Process) -> None:
        """End a process and all it started outright, as a power cut would."""
        os.killpg(process.popen.pid, signal.SIGKILL)
        process.popen.wait()
        self.processes.remove(process)

    def check(self) -> None:
        """Make sure that everything still runs.

        Raises:
            ProcessEndedError: something has ended.
        """
        for process in self.processes:
            process.check()

    def stop(self) -> None:
        """Stop what was started, the last first: the API, the postman, the workers, Redis."""
        while self.processes:
            self.processes.pop().stop()

    def _start(
        self,
        name: str,
        arguments: list[str],
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Process:
        url = self.redis_url_of(user) if user else self.redis_url
        environment = self.environment | {"LOANSCORE_REDIS_URL": url} | dict(environment or {})
        process = processes.start(name, arguments, environment, self.logs)
        self.processes.append(process)
        return process

    def _wait_for_redis(self) -> None:
        client = connect(self.redis_url)
        ends = time.monotonic() + (START_S if self.processes else 0)
        while True:
            self.check()
            try:
                client.ping()
            except redis.RedisError as error:
                if time.monotonic() >= ends:
                    raise NoRedisError(
                        f"Redis at {_without_password(self.redis_url)} does not answer"
                        f" ({type(error).__name__}); start it or correct LOANSCORE_REDIS_URL"
                    ) from None
                time.sleep(0.05)
            else:
                client.close()
                return

    def wait_until_ready(self) -> None:
        """Wait until an application sent now would be scored.

        Raises:
            NotReadyError: it takes too long.
        """
        ends = time.monotonic() + START_S
        with httpx.Client(base_url=self.url, timeout=5) as http:
            while not _says_ready(http):
                self.check()
                if time.monotonic() > ends:
                    raise NotReadyError(f"not ready after {START_S} s; the logs are in {self.logs}")
                time.sleep(0.1)


def _says_ready(http: httpx.Client) -> bool:
    try:
        return http.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _without_password(url: str) -> str:
    """Leave the credentials out of a URL.

    >>> _without_password("redis://user:secret@host:6379/0")
    'redis://host:6379/0'
    """
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
