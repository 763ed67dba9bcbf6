"""The campaigns' sweeper: what was left behind is taken up again, what is over is removed."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from protocol.campaigns import Campaigns
from protocol.folder import CampaignFolder

log = logging.getLogger("loanscore.worker")


class Sweeper:
    """Sweeps the ledger of campaigns; it needs no leader, the ledger's step is atomic.

    Args:
        campaigns: with a connection of its own.
        storage: `Settings.storage_folder`.
        ring: sends a doorbell.
    """

    def __init__(self, campaigns: Campaigns, storage: Path, ring: Callable[[], None]) -> None:
        self._campaigns = campaigns
        self._storage = storage
        self._ring = ring

    def sweep(self) -> None:
        """Make one round.

        Raises:
            LedgerUnavailable: Redis did not answer.
        """
        swept = self._campaigns.sweep()
        if swept.returned or swept.dead:
            log.warning("leases ended: %s steps returned, %s given up", swept.returned, swept.dead)
        if swept.ring:
            self._ring()
        for campaign in swept.gone:
            self._remove(campaign)

    def _remove(self, campaign: str) -> None:
        folder = CampaignFolder.of(self._storage, campaign).path
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            log.warning("the folder of %s could not be removed", campaign)
        else:
            self._campaigns.forget(campaign)
