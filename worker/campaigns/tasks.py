"""The campaigns' task: answer the doorbell, take one step after the other.

Rung by `api.campaigns` after a create, by whoever settles a step while others wait, and by
`worker.campaigns.sweeper`. A doorbell carries nothing: what to do is read from the ledger.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from celery import Celery

from protocol import names
from protocol.campaigns import Campaigns
from protocol.errors import LedgerUnavailable
from protocol.settings import Settings
from worker.campaigns.steps import Steps
from worker.rounds import Rounds
from worker.tasks import ring

log = logging.getLogger("loanscore.worker")
#: A task ends after this long and the step it is at, so that a stop signal is soon heard, s.
LONGEST_S = 1.0


def work(campaigns: Campaigns, steps: Steps, renew_s: float, ring_once: Callable[[], None]) -> bool:
    """Claim and take steps until nothing waits or the time is up.

    Whoever settles a step while others wait rings: so a plan wakes a second worker at once, that
    one a third, and none waits for a sweeper.

    Args:
        campaigns: the ledger.
        steps: do them.
        renew_s: seconds between two renewals of a lease.
        ring_once: sends a doorbell.
    Returns:
        Whether the doorbell must ring again, because something may still wait.
    """
    ends = time.monotonic() + LONGEST_S
    while time.monotonic() < ends:
        held = campaigns.claim(stay_awake=False)
        if held is None:
            return False
        keeper = Rounds("lease", partial(campaigns.renew, held), renew_s)
        keeper.start()
        try:
            more = steps.take(held)
        finally:
            keeper.stop()
        if more:
            ring_once()
    return True


def register(app: Celery, campaigns: Campaigns, steps: Steps, settings: Settings) -> Any:
    """Register the task under the name the API sends."""
    ring_once = partial(ring, app, names.CAMPAIGNS_DOORBELL, names.CAMPAIGNS_QUEUE)

    def answer_doorbell() -> None:
        try:
            if work(campaigns, steps, settings.lease_s / 4, ring_once):
                ring_once()
        except LedgerUnavailable as error:
            log.warning("%s; what was claimed returns when its lease ends", error)

    # shared=False: the closure belongs to this application alone.
    return app.task(answer_doorbell, name=names.CAMPAIGNS_DOORBELL, shared=False)
