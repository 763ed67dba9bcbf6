"""Matching: the rows of two results files by their key, with memory for one bucket of them.

Each side is read once and spread over buckets on disk by a hash of the key, so that a row and its
partner are in buckets of one number; then bucket after bucket is joined. There the rows of one key
become one, so that a key which stands in every row takes no more room than one that stands once.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

#: Name of the column that is matched; null has no partner.
KEY = "key"
#: Distinct keys of a bucket, about.
BUCKET = 500_000
#: Columns kept of a row beside its key.
_KEPT = ("line", "reference", "pd", "grade", "decision")
_SEED = 4


class Matched(NamedTuple):
    """What came of one bucket; each of its rows, here or there, is in one of the five."""

    #: rows whose key stands once on both sides: `_KEPT` of here, and of there ending in "_there"
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
        rows: with `KEY` and the columns `_KEPT`.
        buckets: how many, the same for both sides.
        folder: made; gets a folder for each bucket that is not empty.
    Raises:
        OSError: it could not be written.
    """
    folder.mkdir()
    number = (pl.col(KEY).hash(_SEED) % buckets).alias("bucket")
    kept = rows.select(KEY, *_KEPT)
    kept.clear().collect().write_parquet(folder / "columns.parquet")
    target = pl.PartitionBy(folder, key="bucket", include_key=False)
    kept.select(number, pl.all()).sink_parquet(target, statistics=False)


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
    files = [folder / "columns.parquet", *sorted(folder.glob(f"bucket={number}/*.parquet"))]
    rows = pl.scan_parquet(files, hive_partitioning=False)
    one = (pl.col(name).first() for name in _KEPT)
    return rows.group_by(KEY).agg(pl.len().alias("times"), *one).collect(engine="streaming")


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
