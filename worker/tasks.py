"""The one task: answer the doorbell.

Rung by `api.queue` after an accept and by `worker.sweeper` when something waits; next is
`worker.answers`. A doorbell carries nothing: what to do is read from the ledger, so losing one,
repeating one or forging one changes nothing that a caller can see.
"""

import logging
import time
from typing import Any

from celery import Celery
from kombu.exceptions import LimitExceeded, OperationalError
from redis.exceptions import RedisError

from protocol import names
from protocol.errors import LedgerUnavailable
from protocol.ledger import Claim, Ledger
from worker.answers import answer
from worker.champion import Champion

log = logging.getLogger("loanscore.worker")

#: What sending raises when Redis is away.
UNSENT = (OperationalError, LimitExceeded, RedisError, OSError)
#: A task ends after this long even when work is left, so that a stop signal is soon heard, s.
LONGEST_S = 1.0
#: It looks for more until nothing has come for this long, and meanwhile nobody need ring, s.
#: A doorbell costs its sender and the worker about a millisecond each, a look a tenth of that.
IDLE_S = 0.05
#: Between two looks, so that jobs come together and are scored in one call, s.
PAUSE_S = 0.002


def ring(app: Celery, doorbell: str, queue: str) -> None:
    """Send a doorbell; a failure is only logged, because a sweeper will ring again."""
    try:
        app.send_task(doorbell, queue=queue)
    except UNSENT as error:
        log.warning("doorbell not sent: %s", type(error).__name__)


def score_waiting(ledger: Ledger, champion: Champion) -> bool:
    """Claim, score and complete until nothing has come for a while or the time is up.

    Returns:
        Whether the doorbell must ring again, because something may still wait.
    """
    ends = time.monotonic() + LONGEST_S
    sleeps_at = time.monotonic() + IDLE_S
    while (now := time.monotonic()) < ends:
        awake = now < sleeps_at
        if _score_claimed(ledger.claim(stay_awake=awake), ledger, champion):
            sleeps_at = time.monotonic() + IDLE_S
        elif not awake:
            return False
        time.sleep(PAUSE_S)
    return True


def _score_claimed(claims: list[Claim], ledger: Ledger, champion: Champion) -> int:
    if claims:
        taken = ledger.complete(answer(claims, champion.scorer, champion.shelf))
        if taken < len(claims):
            log.warning("%s of %s answers came after their lease", len(claims) - taken, len(claims))
    return len(claims)


def register(app: Celery, ledger: Ledger, champion: Champion) -> Any:
    """Register the task under the name the API sends."""

    def answer_doorbell() -> None:
        try:
            if score_waiting(ledger, champion):
                ring(app, names.SCORES_DOORBELL, names.SCORES_QUEUE)
        except LedgerUnavailable as error:
            # Leases end and a sweeper returns the jobs: nothing is lost, only later.
            log.warning("%s; what was claimed returns when its lease ends", error)

    # shared=False: the closure belongs to this application alone.
    return app.task(answer_doorbell, name=names.SCORES_DOORBELL, shared=False)
