"""Matching: the rows of two results files by their key, with memory for one bucket of them.

Each side is read once and spread over buckets on disk by a hash of the key, so that a row and its
partner are in buckets of one number; then bucket after bucket is joined. There the rows of one key
become one, so that a key which stands in every row takes no more room than one that stands once.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from worker.campaigns.diff.finished import batches

#: Name of the column that is matched; null has no partner.
KEY = "key"
#: Distinct keys of a bucket, about.
BUCKET = 250_000
_SEED = 4


class Matched(NamedTuple):
    """What came of one bucket; each of its rows, here or there, is in one of the five."""

    #: rows whose key stands once on both sides: the columns of here, then those of there; a name
    #: that both have ends in "_there" for there
    partners: pl.DataFrame
    #: rows here whose key is not there
    here_alone: int
    #: rows there whose key is not here
    there_alone: int
    #: rows here whose key stands more than once on either side
    here_ambiguous: int
    #: rows there whose key stands more than once on either side
    there_ambiguous: int


def spread(rows: pl.LazyFrame, buckets: int, folder: Path) -> None:
    """Write one side's rows to the buckets of their keys.

    Args:
        rows: with `KEY`, and what is wanted of a partner.
        buckets: how many, the same for both sides.
        folder: made; gets a few files for each bucket that is not empty.
    Raises:
        OSError: it could not be written.
    """
    folder.mkdir()
    rows.clear().collect().write_parquet(folder / "columns.parquet")
    number = (pl.col(KEY).hash(_SEED) % buckets).alias("bucket")
    # Polars has a sink for this, which holds a buffer for each bucket: 400 MB for 80 of them.
    for place, batch in enumerate(batches(rows.with_columns(number))):
        parts = batch.partition_by("bucket", as_dict=True, include_key=False)
        for (bucket,), part in parts.items():
            part.write_parquet(folder / f"{bucket}-{place}.parquet", statistics=False)


def matched(here: Path, there: Path, buckets: int) -> Iterator[Matched]:
    """Join bucket after bucket.

    Args:
        here: filled by `spread`.
        there: likewise.
        buckets: how many.
    """
    for number in range(buckets):
        yield _joined(_keys(here, number), _keys(there, number))


def _keys(folder: Path, number: int) -> pl.DataFrame:
    """Read the keys of one bucket, each once: how often it stands, and one of its rows."""
    # The first of these files has no rows, and is there when the bucket is empty.
    files = [folder / "columns.parquet", *sorted(folder.glob(f"{number}-*.parquet"))]
    rows = pl.scan_parquet(files)
    return (
        rows.group_by(KEY)
        .agg(pl.len().alias("times"), pl.all().first())
        .collect(engine="streaming")
    )


def _joined(here: pl.DataFrame, there: pl.DataFrame) -> Matched:
    both = here.join(there, on=KEY, how="full", suffix="_there", coalesce=True)
    times, times_there = pl.col("times"), pl.col("times_there")
    # A key that is null is nobody's: its rows have no partner, they are not ambiguous.
    once = (times.fill_null(1) <= 1) & (times_there.fill_null(1) <= 1) | pl.col(KEY).is_null()
    single, several = both.filter(once), both.filter(~once)
    partners = pl.col("times").is_not_null() & pl.col("times_there").is_not_null()
    alone = single.filter(~partners)
    return Matched(
        single.filter(partners),
        *(int(alone[name].sum()) for name in ("times", "times_there")),
        *(int(several[name].sum()) for name in ("times", "times_there")),
    )
