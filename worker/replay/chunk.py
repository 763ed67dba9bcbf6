"""A chunk of archived decisions, decided again: `worker.bulk.chunk` for records instead of rows."""

from pathlib import Path

import polars as pl

from portfolio.options import SCORE_COLUMNS
from protocol.application import FIELDS
from worker.bulk import parquet
from worker.bulk.cells import without_cells
from worker.bulk.chunk import Scored
from worker.bulk.ranges import Range
from worker.replay.cause import Cause
from worker.replay.export import COLUMNS
from worker.replay.verdicts import decided, judge
from worker.scorer import Scorer
from worker.shelf import Shelf

_NAMES = [field.name for field in FIELDS]
#: What the results show of a record, before what it comes to now.
SHOWN = ("reference", "seq", "id", *(name for name in COLUMNS if name.startswith("recorded_")))
_GONE = "the personal part of the decision record is gone: there is nothing to decide by"


def replayed(path: Path, part: Range, scorer: Scorer, shelf: Shelf) -> Scored:
    """Decide the records of one range again, by what made each and by the campaign's scorer.

    Args:
        path: written by `worker.replay.export`.
        part: a range of it.
        scorer: of the campaign.
        shelf: has what made them.
    Returns:
        Records without a personal part as faults of code `erased`. The others as results: line,
        `SHOWN`, `replay` (the verdict), `cause`, and `SCORE_COLUMNS` as they come to now.
    """
    rows = parquet.rows(path, part.start, part.end, tuple(COLUMNS))
    rows.insert_column(0, pl.int_range(rows.height, eager=True).alias("line") + part.first_line)
    erased, kept = rows.filter("erased"), rows.filter(~pl.col("erased"))
    values = kept.select(_NAMES).to_numpy(order="fortran")
    now = decided(values, scorer)
    verdicts = judge(kept, values, now, scorer, shelf)
    shown = [kept.select("line", *SHOWN), verdicts, now.select(SCORE_COLUMNS)]
    rejected = without_cells(erased["line"], Cause.ERASED, pl.lit(_GONE)).drop("value")
    results = pl.concat(shown, how="horizontal")
    counts = rows.height, kept.height, erased.height
    return Scored(results, rejected, *counts, values, records=True)
