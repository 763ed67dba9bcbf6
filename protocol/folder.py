"""The folder of one campaign: who writes which file in it.

The API writes the portfolio, campaign workers all the rest; each file is written beside its name
and then renamed, so that a file that is there is whole.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from protocol import names


@dataclass(frozen=True, slots=True)
class CampaignFolder:
    """Names of the files of one campaign."""

    path: Path

    @classmethod
    def of(cls, storage: Path, campaign: str) -> "CampaignFolder":
        """Give the folder of a campaign.

        Args:
            storage: `Settings.storage_folder`.
            campaign: its id.
        """
        if not names.CAMPAIGN_ID.fullmatch(campaign):
            raise ValueError("no campaign has such an id")
        return cls(storage / "campaigns" / campaign)

    @property
    def portfolio(self) -> Path:
        """What was uploaded."""
        return self.path / "portfolio"

    @property
    def plan(self) -> Path:
        """JSON: the layout of the portfolio and its ranges."""
        return self.path / "plan.json"

    @property
    def model(self) -> Path:
        """The artefact that scores all of it."""
        return self.path / "model"

    @property
    def parts(self) -> Path:
        """Folder of what each chunk gave."""
        return self.path / "parts"

    def part(self, kind: str, number: int) -> Path:
        """Name what one chunk gave: "results", "errors" or "tally"."""
        return self.parts / f"{number:06}-{kind}"

    def file(self, kind: str) -> Path:
        """Name a file for the owner: "results", "errors", "unprocessed", "reconciliation"..."""
        return self.path / kind


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """Write a file that is there whole or not at all, and stays when the machine stops.

    Raises:
        OSError: it could not be written; nothing is left behind.
    """
    with replacing(path) as beside, beside.open("wb") as file:
        yield file


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path beside `path`; what stands there when the block ends takes its place.

    Raises:
        OSError: it could not be synced or renamed; nothing is left behind.
    """
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        yield beside
        _sync(beside)
        beside.replace(path)
        _sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
