"""The finished results of a campaign, read a batch at a time."""

from collections.abc import Iterator

import polars as pl

from portfolio.layout import Layout
from portfolio.options import PREVIOUS_COLUMNS
from protocol.folder import CampaignFolder
from protocol.joined import read_spans

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


def scan(folder: CampaignFolder, layout: Layout) -> pl.LazyFrame:
    """Look at the results of a campaign; nothing is read yet but of what parts they consist.

    Args:
        folder: of the campaign.
        layout: of its portfolio: says their format and columns.
    Returns:
        line, reference, previous_pd, previous_grade, pd, grade, decision; what the file has no
        column of is null, and so is a reference without a character.
    """
    present = [name for name in _TYPES if name in layout.results]
    rows = _open(folder, layout).select(pl.col(name).cast(_TYPES[name]) for name in present)
    absent = ("reference", *PREVIOUS_COLUMNS)
    nothing = [pl.lit(None, _TYPES[name]).alias(name) for name in absent if name not in present]
    # CSV tells an empty cell from none by quotes alone; the other formats are to agree with it.
    name = pl.col("reference")
    reference = pl.when(name != "").then(name).alias("reference")
    return rows.with_columns(*nothing).with_columns(reference).select(_TYPES.names())


def batches(rows: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Read rows in their order, `BATCH` or so at a time."""
    yield from rows.collect_batches(chunk_size=BATCH, lazy=True, engine="streaming")


def _open(folder: CampaignFolder, layout: Layout) -> pl.LazyFrame:
    output = layout.options.output
    schema = {name: _TYPES.get(name, pl.String()) for name in layout.results}
    read = pl.Schema({name: kind for name, kind in schema.items() if name in _TYPES})
    # The frame has no rows; each part is a file by itself, in CSV without a header.
    paths = {span.path for span in read_spans(folder.file("results"))} - {folder.frame("results")}
    if not paths:
        return read.to_frame(eager=False)
    if output == "parquet":
        return pl.scan_parquet(sorted(paths))
    if output == "csv":
        return pl.scan_csv(sorted(paths), has_header=False, schema=schema)
    return pl.scan_ndjson(sorted(paths), schema=read)
