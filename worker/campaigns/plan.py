"""The plan of a campaign: the ranges of its portfolio, and what the file was when it was cut."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from portfolio.layout import Layout, read_layout
from portfolio.options import Options, PortfolioError
from portfolio.packed import is_gzip
from protocol.durable import written
from protocol.folder import CampaignFolder
from worker.bulk import gzipped
from worker.bulk.ranges import Range, ranges


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
        if (plan.size, plan.changed_ns) != _state(folder.portfolio):
            raise PortfolioError(
                "input-changed",
                "the stored portfolio was changed while it was scored; create a new campaign",
            )
        return plan


def make_plan(folder: CampaignFolder, options: Options, chunk_bytes: int, most_bytes: int) -> Plan:
    """Cut a portfolio into ranges and write them down.

    Args:
        folder: has the portfolio.
        options: how to read it.
        chunk_bytes: of a range, about.
        most_bytes: that a compressed portfolio may unpack to.
    Raises:
        PortfolioError: the file cannot be scored as a whole.
        OSError: it cannot be read, or the plan not be written.
    """
    if is_gzip(folder.portfolio):
        gzipped.unpack(folder.portfolio, folder.portfolio, most_bytes)
    size, changed_ns = _state(folder.portfolio)
    layout = read_layout(folder.portfolio, options)
    cut = ranges(folder.portfolio, layout, chunk_bytes)
    plan = Plan(size=size, changed_ns=changed_ns, layout=layout, ranges=cut)
    folder.parts.mkdir(exist_ok=True)
    with written(folder.plan) as file:
        file.write(plan.model_dump_json().encode())
    return plan


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
