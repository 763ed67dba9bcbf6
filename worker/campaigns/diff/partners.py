"""Pairs from another campaign: each row beside its partner there."""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from protocol.folder import CampaignFolder
from worker.bulk import parts
from worker.campaigns.diff import matching
from worker.campaigns.diff.finished import scan
from worker.campaigns.diff.movement import PAIRS, Movement
from worker.campaigns.plan import Plan

#: Columns of a pair <- columns of two partners.
_PAIR = {
    "pd_now": "pd",
    "grade_now": "grade",
    "decision_now": "decision",
    "pd_before": "pd_there",
    "grade_before": "grade_there",
    "decision_before": "decision_there",
}
#: Columns that name a row of this campaign, and columns that are read of both.
_NAMES, _COMPARED = ("line", "reference"), (matching.KEY, "pd", "grade", "decision")

#: How it shows that results, or the index of their parts, are damaged or away.
UNREADABLE = (
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
    FileNotFoundError,
    ValueError,
)


class NoPartnersError(Exception):
    """The other campaign has no results that can be read; its text says why."""


def compare(
    folder: CampaignFolder, plan: Plan, other: CampaignFolder, movement: Movement
) -> dict[str, Any]:
    """Match the results of two campaigns and count the pairs.

    Args:
        folder: of this campaign; a temporary folder stands in it meanwhile.
        plan: of this campaign.
        other: folder of the campaign that scored the rows before.
        movement: counts the pairs.
    Returns:
        By what rows were matched, and how many were not; see `matching.Matched`.
    Raises:
        NoPartnersError: the other campaign has no results that can be read.
        OSError: the temporary folder could not be written.
    """
    plan_there = _plan(other)
    layouts = plan.layout, plan_there.layout
    by = "line" if None in {layout.reference for layout in layouts} else "reference"
    # A CSV has its references neutralised: then the others are, so that they are the same again.
    neutral = by == "reference" and "csv" in {layout.options.output for layout in layouts}
    mine = _keyed(scan(folder, plan.layout), by, neutral=neutral).select(*_NAMES, *_COMPARED)
    with _readable():
        theirs = _keyed(scan(other, plan_there.layout), by, neutral=neutral).select(*_COMPARED)
    buckets = 1 + max(_rows(plan), _rows(plan_there)) // matching.BUCKET
    with tempfile.TemporaryDirectory(prefix=".diff-", dir=folder.path) as temporary:
        beside = Path(temporary)
        with _readable():
            matching.spread(theirs, buckets, beside / "there")
        matching.spread(mine, buckets, beside / "here")
        found = matching.matched(beside / "here", beside / "there", buckets)
        return {"by": by, **_counted(found, movement)}


def _plan(other: CampaignFolder) -> Plan:
    if not other.file("results").is_file():
        raise NoPartnersError("it has no results; name a campaign that is over and is kept")
    try:
        return Plan.model_validate_json(other.plan.read_bytes())
    except (OSError, ValidationError) as error:
        raise NoPartnersError("its plan cannot be read") from error


def _keyed(rows: pl.LazyFrame, by: str, *, neutral: bool) -> pl.LazyFrame:
    key = parts.neutral(pl.col(by)) if neutral else pl.col(by)
    return rows.with_columns(key.alias(matching.KEY))


def _rows(plan: Plan) -> int:
    return sum(one.rows for one in plan.ranges)


@contextmanager
def _readable() -> Iterator[None]:
    """Say of the other's results that they cannot be read."""
    try:
        yield
    except UNREADABLE as error:
        raise NoPartnersError("its results cannot be read") from error


def _counted(found: Iterable[matching.Matched], movement: Movement) -> dict[str, int]:
    counts = Counter[str]()
    for bucket in found:
        pair = (pl.col(column).alias(name) for name, column in _PAIR.items())
        movement.add(bucket.partners.with_columns(*pair).select(PAIRS.names()))
        counts["without_previous"] += bucket.here_alone
        counts["missing_now"] += bucket.there_alone
        counts["ambiguous"] += bucket.here_ambiguous
        counts["ambiguous_there"] += bucket.there_ambiguous
    return dict(counts)
