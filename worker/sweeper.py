"""The sweeper: in every worker, once a second, whatever was left behind is taken up again.

It returns jobs whose worker died, rings for jobs whose doorbell was lost, and says that this
worker lives (`/readyz` of the API reads that). It needs no leader: the ledger's step is atomic.
"""

import json
import logging
import threading
from collections.abc import Callable

from protocol.errors import LedgerUnavailable
from protocol.ledger import Ledger

log = logging.getLogger("loanscore.worker")

#: What a caller sees of a job that was given up.
DEAD_ANSWER = json.dumps(
    {
        "error": {
            "code": "attempts-exhausted",
            "detail": "The application was tried too many times and is now a dead letter.",
        }
    }
)


class Sweeper(threading.Thread):
    """A thread that sweeps until it is stopped.

    Args:
        ledger: with a connection of its own.
        worker: JSON object naming this worker and its model.
        ring: sends a doorbell.
        every_s: seconds between two sweeps.
    """

    def __init__(
        self, ledger: Ledger, worker: str, ring: Callable[[], None], every_s: float
    ) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._ledger = ledger
        self._worker = worker
        self._ring = ring
        self._every_s = every_s
        self._stopping = threading.Event()

    def run(self) -> None:
        """Sweep until `stop`; an outage of Redis is waited out."""
        while not self._stopping.is_set():
            try:
                self._sweep()
            except LedgerUnavailable as error:
                log.warning("sweep: %s", error)
            self._stopping.wait(self._every_s)

    def stop(self) -> None:
        """End the thread and take this worker off the list of live ones."""
        self._stopping.set()
        self.join()
        try:
            self._ledger.forget_worker(self._worker)
        except LedgerUnavailable as error:
            log.warning("stop: %s; this worker leaves the list by itself", error)

    def _sweep(self) -> None:
        swept = self._ledger.sweep(self._worker, DEAD_ANSWER)
        if swept.returned or swept.dead:
            log.warning("leases ended: %s jobs returned, %s dead", swept.returned, swept.dead)
        if swept.ring:
            self._ring()
