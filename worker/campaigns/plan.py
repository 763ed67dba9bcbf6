"""The plan of a campaign: the ranges of its portfolio, and what the file was when it was cut."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from portfolio.layout import Layout, read_layout
from portfolio.options import Options
from protocol.durable import written
from protocol.folder import CampaignFolder
from worker.bulk.parquet import check_size
from worker.bulk.ranges import Range, ranges
from worker.campaigns.stored import changed, prove, unpack


class Plan(BaseModel):
    """The contents of plan.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: bytes of the portfolio
    size: int
    #: when it was last changed, ns
    changed_ns: int
    layout: Layout
    ranges: list[Range]

    @classmethod
    def read(cls, folder: CampaignFolder) -> Self:
        """Read the plan, and make sure that the portfolio is still the one it was made for.

        Raises:
            OSError: one of them is not there.
            PortfolioError: the portfolio has changed.
        """
        plan = cls.model_validate_json(folder.plan.read_bytes())
        plan.prove_unchanged(folder)
        return plan

    def prove_unchanged(self, folder: CampaignFolder) -> None:
        """Make sure that what was read of the portfolio since was of the same.

        Raises:
            OSError: it is not there.
            PortfolioError: it has changed.
        """
        if (self.size, self.changed_ns) != _state(folder.portfolio):
            raise changed()


def make_plan(
    folder: CampaignFolder, options: Options, chunk_bytes: int, most_bytes: int, sha256: str
) -> Plan:
    """Cut a portfolio into ranges and write them down.

    Args:
        folder: has the portfolio.
        options: how to read it.
        chunk_bytes: of a range, about.
        most_bytes: that a compressed portfolio may unpack to, or a Parquet file be as CSV.
        sha256: of what was sent, 64 hex digits.
    Raises:
        PortfolioError: the file cannot be scored as a whole, or has changed.
        OSError: it cannot be read, or the plan not be written.
    """
    unpack(folder, sha256, most_bytes)
    # Before it is proved: a change meanwhile shows when the first chunk is read.
    size, changed_ns = _state(folder.portfolio)
    with ThreadPoolExecutor(1) as beside:
        proof = beside.submit(prove, folder, sha256)
        try:
            layout, cut = _cut(folder, options, chunk_bytes, most_bytes)
        finally:
            # If it was changed that is what is said, whatever reading it said.
            proof.result()
    plan = Plan(size=size, changed_ns=changed_ns, layout=layout, ranges=cut)
    folder.parts.mkdir(exist_ok=True)
    with written(folder.plan) as file:
        file.write(plan.model_dump_json().encode())
    return plan


def _cut(
    folder: CampaignFolder, options: Options, chunk_bytes: int, most_bytes: int
) -> tuple[Layout, list[Range]]:
    layout = read_layout(folder.portfolio, options)
    if options.format == "parquet":
        check_size(folder.portfolio, most_bytes)
    return layout, ranges(folder.portfolio, layout, chunk_bytes)


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
