"""The finished results of a campaign, read a batch at a time."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from portfolio.layout import Layout
from portfolio.options import PREVIOUS_COLUMNS

#: Rows of a batch, about.
BATCH = 200_000
#: What is read of the results, where they have it.
_TYPES = pl.Schema(
    {
        "line": pl.Int64,
        "reference": pl.String,
        "previous_pd": pl.Float64,
        "previous_grade": pl.String,
        "pd": pl.Float64,
        "grade": pl.String,
        "decision": pl.String,
    }
)


def scan(path: Path, layout: Layout) -> pl.LazyFrame:
    """Look at a results file; nothing is read yet.

    Args:
        path: of the results.
        layout: of the portfolio they came from: says their format and columns.
    Returns:
        line, reference, previous_pd, previous_grade, pd, grade, decision; what the file has no
        column of is null, and so is a reference without a character.
    """
    present = [name for name in _TYPES if name in layout.results]
    rows = _open(path, layout).select(pl.col(name).cast(_TYPES[name]) for name in present)
    absent = ("reference", *PREVIOUS_COLUMNS)
    nothing = [pl.lit(None, _TYPES[name]).alias(name) for name in absent if name not in present]
    # CSV tells an empty cell from none by quotes alone; the other formats are to agree with it.
    name = pl.col("reference")
    reference = pl.when(name != "").then(name).alias("reference")
    return rows.with_columns(*nothing).with_columns(reference).select(_TYPES.names())


def batches(rows: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Read rows in their order, `BATCH` or so at a time."""
    yield from rows.collect_batches(chunk_size=BATCH, lazy=True, engine="streaming")


def _open(path: Path, layout: Layout) -> pl.LazyFrame:
    output = layout.options.output
    if output == "parquet":
        return pl.scan_parquet(path)
    schema = {name: _TYPES.get(name, pl.String()) for name in layout.results}
    if output == "csv":
        # Named by position: a name in the file's header may have been neutralised.
        return pl.scan_csv(path, has_header=False, skip_rows=1, schema=schema)
    read = pl.Schema({name: kind for name, kind in schema.items() if name in _TYPES})
    return pl.scan_ndjson(path, schema=read)
