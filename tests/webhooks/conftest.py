"""What the tests of webhooks share: postmen, and events put where the ledger puts them."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from local import processes
from local.processes import Process
from protocol import names
from protocol.settings import Settings
from protocol.webhooks import Webhooks
from tests.conftest import environment

OWNER = "acme-los"
#: Of a postman on loopback: quick to give up one attempt, quick to make the next.
QUICK = {
    "webhook_allow_http": True,
    "webhook_allow_nets": "127.0.0.1/32",
    "webhook_timeout_s": 0.5,
    "webhook_backoff_s": "0.1,0.2",
}


class Post:
    """An owner's webhooks in one Redis, and the postmen that serve them."""

    def __init__(self, client: redis.Redis, url: str, logs: Path) -> None:
        self.client = client
        self.webhooks = Webhooks(client)
        self.postmen: list[Process] = []
        self._url = url
        self._logs = logs

    def start(self, extra: dict[str, str] | None = None, **variables: object) -> Process:
        given = environment(redis_url=self._url, **(QUICK | variables)) | (extra or {})
        Settings.read(given)
        name = f"webhooks-{len(self.postmen)}"
        service = [sys.executable, "-m", "worker.webhooks"]
        self.postmen.append(processes.start(name, service, given, self._logs))
        return self.postmen[-1]

    def hook(self, url: str) -> tuple[str, str]:
        """Make a webhook; its id and its secret."""
        made = self.webhooks.create(OWNER, url)
        assert made is not None
        return made[0].id, made[1]

    def finish(self, webhook: str, state: str = "succeeded", **fields: str) -> str:
        """Write a final job and its event, as the ledger does; the job's id."""
        job = names.new_score_id()
        seconds, micros = self.client.time()
        now = seconds * 1_000 + micros // 1_000
        record = {"state": state, "owner": OWNER, "finished_ms": str(now), **fields}
        self.client.hset(names.JOB + job, mapping=record)
        self.tell(job, webhook)
        return job

    def tell(self, about: str, webhook: str) -> None:
        seconds, micros = self.client.time()
        due = seconds * 1_000 + micros // 1_000
        self.client.zadd(names.OUTBOX, {f"{about} {webhook}": due})

    def log(self, webhook: str, count: int) -> list[dict[str, Any]]:
        """Wait for that many entries of the delivery log; oldest first."""
        return until(lambda: self._entries(webhook, count))

    def written(self) -> str:
        return "".join(postman.log.read_text() for postman in self.postmen)

    def stop(self) -> None:
        for postman in self.postmen:
            postman.stop()

    def _entries(self, webhook: str, count: int) -> list[dict[str, Any]] | None:
        entries = self.webhooks.deliveries(webhook)
        return entries[::-1] if len(entries) >= count else None


def until(look: Callable[[], Any], seconds: float = 20) -> Any:
    ends = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < ends
        time.sleep(0.01)
    return seen


@pytest.fixture
def post(client: redis.Redis, redis_url: str, tmp_path: Path) -> Iterator[Post]:
    own = Post(client, redis_url, tmp_path)
    try:
        yield own
    finally:
        own.stop()
        assert "Traceback" not in own.written()


@pytest.fixture(autouse=True)
def _no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
