"""The sweeper: in every worker, once a second, whatever was left behind is taken up again.

It returns jobs whose worker died, rings for jobs whose doorbell was lost, and says that this
worker lives (`/readyz` of the API reads that). It needs no leader: the ledger's step is atomic.
"""

import json
import logging
from collections.abc import Callable

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


class Sweeper:
    """Sweeps the ledger of scores.

    Args:
        ledger: with a connection of its own.
        worker: gives a JSON object that names this worker and the model it serves.
        ring: sends a doorbell.
    """

    def __init__(self, ledger: Ledger, worker: Callable[[], str], ring: Callable[[], None]) -> None:
        self._ledger = ledger
        self._worker = worker
        self._said = ""
        self._ring = ring

    def sweep(self) -> None:
        """Make one round.

        Raises:
            LedgerUnavailable: Redis did not answer.
        """
        said, self._said = self._said, self._worker()
        if said != self._said:  # it serves another model now
            self._ledger.forget_worker(said)
        swept = self._ledger.sweep(self._said, DEAD_ANSWER)
        if swept.returned or swept.dead:
            log.warning("leases ended: %s jobs returned, %s dead", swept.returned, swept.dead)
        if swept.ring:
            self._ring()

    def leave(self) -> None:
        """Take this worker off the list of live ones; else it leaves by itself, a little later."""
        self._ledger.forget_worker(self._said)
