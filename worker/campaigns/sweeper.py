"""The campaigns' sweeper: what was left behind is taken up again, what is over is removed."""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from protocol import names
from protocol.campaigns import Campaigns
from protocol.folder import CampaignFolder
from protocol.settings import Settings

log = logging.getLogger("loanscore.worker")
#: How often folders without a record are looked for, s.
LOOK_S = 3_600


class Sweeper:
    """Sweeps the ledger of campaigns; it needs no leader, the ledger's step is atomic.

    Args:
        campaigns: with a connection of its own.
        worker: gives a JSON object that names this worker and the model it serves.
        settings: where the folders are and how long they are kept.
        ring: sends a doorbell.
    """

    def __init__(
        self,
        campaigns: Campaigns,
        worker: Callable[[], str],
        settings: Settings,
        ring: Callable[[], None],
    ) -> None:
        self._campaigns = campaigns
        self._worker = worker
        self._said = ""
        self._settings = settings
        self._ring = ring
        self._looked_s = -float(LOOK_S)

    def sweep(self) -> None:
        """Make one round.

        Raises:
            LedgerUnavailable: Redis did not answer.
        """
        said, self._said = self._said, self._worker()
        if said != self._said:  # it serves another model now
            self._campaigns.forget_worker(said)
        swept = self._campaigns.sweep(self._said)
        if swept.returned or swept.dead:
            log.warning("leases ended: %s steps returned, %s given up", swept.returned, swept.dead)
        if swept.ring:
            self._ring()
        for campaign in swept.gone:
            self._remove(campaign)
        if time.monotonic() - self._looked_s >= LOOK_S:
            self._remove_strays()
            self._looked_s = time.monotonic()

    def leave(self) -> None:
        """Take this worker off the list of live ones; else it leaves by itself, a little later."""
        self._campaigns.forget_worker(self._said)

    def _remove_strays(self) -> None:
        """Remove folders whose campaign was never accepted, or whose record is lost.

        An API that dies between storing and accepting leaves one.
        """
        oldest = time.time() - self._settings.campaign_ttl_s
        old = [path.name for path in self._folders() if path.stat().st_mtime < oldest]
        for campaign in set(old) - set(self._campaigns.known(old)):
            log.warning("the folder of %s has no record and is old: removed", campaign)
            self._remove(campaign)

    def _folders(self) -> Iterator[Path]:
        here = self._settings.storage_folder / "campaigns"
        return (path for path in here.glob("*") if names.CAMPAIGN_ID.fullmatch(path.name))

    def _remove(self, campaign: str) -> None:
        folder = CampaignFolder.of(self._settings.storage_folder, campaign).path
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            log.warning("the folder of %s could not be removed", campaign)
        else:
            self._campaigns.forget(campaign)
