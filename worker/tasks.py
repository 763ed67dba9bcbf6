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
from protocol.ledger import Ledger
from worker.answers import answer
from worker.scorer import Scorer

log = logging.getLogger("loanscore.worker")

#: What sending raises when Redis is away.
UNSENT = (OperationalError, LimitExceeded, RedisError, OSError)
#: A task ends after this long even when work is left, so that a stop signal is soon heard, s.
LONGEST_S = 1.0


def ring(app: Celery) -> None:
    """Send a doorbell; a failure is only logged, because a sweeper will ring again."""
    try:
        app.send_task(names.SCORES_DOORBELL, queue=names.SCORES_QUEUE)
    except UNSENT as error:
        log.warning("doorbell not sent: %s", type(error).__name__)


def score_waiting(ledger: Ledger, scorer: Scorer) -> bool:
    """Claim, score and complete until nothing waits or the time is up.

    Returns:
        Whether the doorbell must ring again, because something may still wait.
    """
    ends = time.monotonic() + LONGEST_S
    claims = ledger.claim(answers_bell=True)
    while claims:
        taken = ledger.complete(answer(claims, scorer))
        if taken < len(claims):
            log.warning("%s of %s answers came after their lease", len(claims) - taken, len(claims))
        if time.monotonic() > ends:
            return True
        claims = ledger.claim(answers_bell=False)
    return False


def register(app: Celery, ledger: Ledger, scorer: Scorer) -> Any:
    """Register the task under the name the API sends."""

    def answer_doorbell() -> None:
        try:
            if score_waiting(ledger, scorer):
                ring(app)
        except LedgerUnavailable as error:
            # Leases end and a sweeper returns the jobs: nothing is lost, only later.
            log.warning("%s; what was claimed returns when its lease ends", error)

    # shared=False: the closure belongs to this application alone.
    return app.task(answer_doorbell, name=names.SCORES_DOORBELL, shared=False)
