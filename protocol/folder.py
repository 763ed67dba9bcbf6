"""The folder of one campaign: who writes which file in it.

The API writes the portfolio, campaign workers all the rest, by `protocol.durable`: a file that is
there is whole.
"""

from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from protocol import names
from protocol.joined import open_joined

#: Kinds of files that stay in the parts they were written in: what `file` names is their index.
JOINED = ("results", "errors")


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

    def beside(self, campaign: str) -> "CampaignFolder":
        """Give the folder of another campaign in the same storage, by its id."""
        return self.of(self.path.parent.parent, campaign)

    @property
    def portfolio(self) -> Path:
        """What was uploaded."""
        return self.path / "portfolio"

    @property
    def unpacked(self) -> Path:
        """Text: the sha256 of the portfolio after it was unpacked; absent when it never was."""
        return self.path / "unpacked"

    @property
    def plan(self) -> Path:
        """JSON: the layout of the portfolio and its ranges."""
        return self.path / "plan.json"

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

    def frame(self, kind: str) -> Path:
        """Name what stands before and behind the parts of a file: its header, its footer."""
        return self.path / f"{kind}-frame"

    def open(self, kind: str) -> BufferedReader:
        """Open a file for the owner, whole, to be read from anywhere.

        Raises:
            OSError: it is not there, or a part of it is not.
        """
        path = self.file(kind)
        return open_joined(path) if kind in JOINED else path.open("rb")
