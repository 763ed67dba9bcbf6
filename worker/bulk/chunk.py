"""A chunk: one range of a portfolio file, checked and scored."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from portfolio.layout import Layout
from worker.bulk import parquet
from worker.bulk.cells import FAULTS, LINE, Cells
from worker.bulk.faults import Checked, check
from worker.bulk.objects import read_ndjson
from worker.bulk.previous import previous
from worker.bulk.ranges import Range
from worker.bulk.records import read_csv
from worker.bulk.verdicts import verdicts
from worker.scorer import Rows, Scorer


@dataclass(frozen=True, slots=True)
class Scored:
    """What came of one range: each of its rows is in `results` or in `rejected`."""

    #: one row an applicant, columns as in `Layout.results`
    results: pl.DataFrame
    #: one row a fault: line, reference when there is one, column, code, message, value when asked
    rejected: pl.DataFrame
    #: rows of the range; scored + invalid
    rows: int
    scored: int
    invalid: int
    #: what was scored, shape (scored, fields), as in `Application`
    applications: Rows
    #: whether it was of decision records, with the columns of `worker.replay.chunk`
    records: bool = False


def score(path: Path, part: Range, layout: Layout, scorer: Scorer) -> Scored:
    """Read one range, check every row and score those without a fault.

    What it gives depends on the bytes of the range alone.

    Args:
        path: the file.
        part: a range of it.
        layout: of this file.
        scorer: of the model; each pd is the one a single score has.
    """
    checked = check(_read(path, part, layout), layout)
    applications = checked.values.to_numpy()
    before = previous(checked.rows, layout, scorer.policy)
    keys = _keys(checked, layout).with_columns(before)
    results = pl.concat([keys, verdicts(applications, scorer)], how="horizontal")
    invalid = checked.faults["line"].n_unique()
    return Scored(
        results,
        _rejected(checked.faults, layout),
        results.height + invalid,
        results.height,
        invalid,
        applications,
    )


def _read(path: Path, part: Range, layout: Layout) -> Cells:
    if layout.options.format == "parquet":
        rows = parquet.rows(path, part.start, part.end, layout.wanted)
        numbers = pl.int_range(part.first_line, part.first_line + rows.height, eager=True)
        rows.insert_column(0, numbers.alias(LINE))
        return Cells(rows, FAULTS.to_frame(), rows.filter)
    with path.open("rb") as file:
        file.seek(part.start)
        data = file.read(part.end - part.start)
    read = read_ndjson if layout.options.format == "ndjson" else read_csv
    return read(data, part.first_line, layout)


def _keys(checked: Checked, layout: Layout) -> pl.DataFrame:
    key = (
        []
        if layout.reference is None
        else [pl.col(layout.reference).cast(pl.String).alias("reference")]
    )
    passed = [pl.col(name) for name in layout.options.pass_through]
    return checked.rows.select(pl.col(LINE).alias("line"), *key, *passed)


def _rejected(faults: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    hidden = set()
    if layout.reference is None:
        hidden.add("reference")
    if not layout.options.raw_values:
        hidden.add("value")
    return faults.select(name for name in FAULTS if name not in hidden)
