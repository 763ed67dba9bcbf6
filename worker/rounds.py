"""What a worker does every now and then, beside its tasks."""

import logging
import threading
from collections.abc import Callable

from protocol.errors import LedgerUnavailable

log = logging.getLogger("loanscore.worker")


class Rounds(threading.Thread):
    """A thread that makes a round until it is stopped; an outage of Redis is waited out.

    Args:
        name: of the thread, and in the log.
        make: one round.
        every_s: seconds between two rounds.
        leave: called once it has stopped; None calls nothing.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], object],
        every_s: float,
        leave: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._make = make
        self._every_s = every_s
        self._leave = leave
        self._stopping = threading.Event()

    def run(self) -> None:
        """Make rounds until `stop`."""
        while not self._stopping.is_set():
            try:
                self._make()
            except LedgerUnavailable as error:
                log.warning("%s: %s", self.name, error)
            self._stopping.wait(self._every_s)

    def stop(self) -> None:
        """End the thread and leave."""
        self._stopping.set()
        self.join()
        if self._leave:
            try:
                self._leave()
            except LedgerUnavailable as error:
                log.warning("%s: stop: %s", self.name, error)
