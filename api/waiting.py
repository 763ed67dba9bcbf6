"""Hold a request until its job is final, without asking again and again.

Called by the views for `Prefer: wait`. Each step of the ledger publishes the ids it finished; one
thread a process listens and wakes the requests that wait for them. Whatever a broken connection
made it miss is looked up when it is back, so a wait is never longer than asked and never wrong.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import redis

from protocol import names

log = logging.getLogger("loanscore.api")

#: Between two attempts to listen again, s.
RECONNECT_S = 0.5
#: The listening thread looks up this often, s; a message wakes it at once.
LISTEN_S = 5.0
#: Who waits looks again this often all the same, s: where no worker lives, nobody announces that a
#: deadline has passed.
LOOK_AGAIN_S = 5.0

Seen = TypeVar("Seen")


class Waiting:
    """The requests of this process that wait.

    Args:
        client: see `protocol.ledger.connect`.
        most: how many may wait at once; a further one is answered as things are.
    """

    def __init__(self, client: redis.Redis, most: int) -> None:
        self._client = client
        self._places = threading.BoundedSemaphore(most) if most else None
        self._lock = threading.Lock()
        self._bells: dict[str, list[threading.Event]] = {}
        self._listener: threading.Thread | None = None
        self._stopping = False

    def stop(self) -> None:
        """Let everyone who waits be answered now, as things are; nobody waits from now on."""
        self._stopping = True
        with self._lock:
            bells = [bell for bells in self._bells.values() for bell in bells]
        for bell in bells:
            bell.set()

    def until(
        self, awaited: str, seconds: float, look: Callable[[], Seen], done: Callable[[Seen], bool]
    ) -> Seen:
        """Look, and look again when `awaited` is said to be final, until done or out of time.

        Args:
            awaited: id of a job or batch.
            seconds: 0 looks once.
            look: reads what the caller wants to answer.
            done: whether that can be answered now.
        """
        if seconds <= 0 or not self._places or not self._places.acquire(blocking=False):
            return look()
        try:
            with self._bell(awaited) as bell:
                return self._look_until(bell, time.monotonic() + seconds, look, done)
        finally:
            self._places.release()

    def _look_until(
        self,
        bell: threading.Event,
        ends: float,
        look: Callable[[], Seen],
        done: Callable[[Seen], bool],
    ) -> Seen:
        while True:
            seen = look()
            left = ends - time.monotonic()
            if done(seen) or left <= 0 or self._stopping:
                return seen
            bell.wait(min(left, LOOK_AGAIN_S))
            bell.clear()

    @contextmanager
    def _bell(self, awaited: str) -> Iterator[threading.Event]:
        bell = threading.Event()
        with self._lock:
            self._bells.setdefault(awaited, []).append(bell)
            if self._listener is None:
                self._listener = threading.Thread(target=self._listen, name="waiting", daemon=True)
                self._listener.start()
        try:
            yield bell
        finally:
            with self._lock:
                self._bells[awaited].remove(bell)
                if not self._bells[awaited]:
                    del self._bells[awaited]

    def _listen(self) -> None:
        while True:
            try:
                self._hear()
            except redis.RedisError as error:
                log.warning("waiting: %s; listening again", type(error).__name__)
                time.sleep(RECONNECT_S)

    def _hear(self) -> None:
        with cast("Any", self._client).pubsub() as channel:
            channel.subscribe(names.FINISHED)
            while True:
                message = channel.get_message(timeout=LISTEN_S)
                if message and message["type"] == "subscribe":
                    self._wake(list(self._bells))  # what was finished before is not heard
                elif message:
                    self._wake(message["data"].split())

    def _wake(self, ids: list[str]) -> None:
        with self._lock:
            for awaited in ids:
                for bell in self._bells.get(awaited, ()):
                    bell.set()
