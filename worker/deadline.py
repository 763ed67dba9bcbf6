"""A deadline for everything one connection does, however slowly its peer answers.

A socket's timeout bounds one wait, and a peer that sends a byte now and then never meets it. So at
the deadline the connection is shut down under whoever is waiting.
"""

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self


class Deadline:
    """Some seconds, from the moment the block is entered until it ends."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._watched: socket.socket | None = None

    @property
    def passed(self) -> bool:
        """Whether there is no time left."""
        return time.monotonic() >= self._ends

    def left(self) -> float:
        """Give the seconds left.

        Raises:
            TimeoutError: none are.
        """
        if self.passed:
            raise TimeoutError
        return self._ends - time.monotonic()

    def watch(self, connected: socket.socket) -> None:
        """Shut this connection down when the time is up.

        A duplicate is kept, because TLS takes the socket's own descriptor away.
        """
        with self._lock:
            self._watched = connected.dup()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._watched is not None:
                self._watched.close()
                self._watched = None

    def _cut(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._watched is not None:
                self._watched.shutdown(socket.SHUT_RDWR)
