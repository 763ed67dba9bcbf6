"""The rows of a Parquet file: how many there are, and some of them."""

from pathlib import Path

import polars as pl

from portfolio.options import PortfolioError
from portfolio.parquet import readable

#: Bytes a row has in a CSV, about: what the size of a range is divided by.
ROW_BYTES = 64


def count(path: Path) -> int:
    """Read how many rows there are.

    Raises:
        PortfolioError: the file is damaged.
    """
    with readable():
        return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def rows(path: Path, start: int, end: int, wanted: tuple[str, ...]) -> pl.DataFrame:
    """Read the rows from `start` until before `end`, 0-based, of some columns.

    Raises:
        PortfolioError: the file is damaged.
    """
    with readable():
        frame = pl.scan_parquet(path).select(wanted).slice(start, end - start).collect()
    if frame.height != end - start:
        raise PortfolioError(
            "unreadable", f"the Parquet file has no row {start + frame.height + 1}; export it again"
        )
    return frame
