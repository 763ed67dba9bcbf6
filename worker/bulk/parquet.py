"""The rows of a Parquet file: how many there are, and some of them."""

from pathlib import Path

import polars as pl

from portfolio.options import PortfolioError
from portfolio.parquet import readable

#: Bytes a row has in a CSV, about: what the size of a range is divided by.
ROW_BYTES = 64
#: Text of a range at most, bytes. A text that repeats is stored once, and written each time.
MOST_TEXT = 256 << 20


def check_size(path: Path, most: int) -> None:
    """Refuse more rows than a CSV that is taken could have.

    A few kilobytes of Parquet can hold billions of rows: a column of one value is as good as free.

    Args:
        path: the file.
        most: bytes of that CSV.
    Raises:
        PortfolioError: the file has more, or is damaged.
    """
    if (found := count(path)) > most // ROW_BYTES:
        raise PortfolioError(
            "too-large",
            f"the file has {found} rows, of which {most // ROW_BYTES} are taken at most; send it in"
            " several files, or have LOANSCORE_UPLOAD_LIMIT_BYTES raised",
        )


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
    texts = frame.select(pl.selectors.string())
    if sum(int(text.str.len_bytes().sum()) for text in texts) > MOST_TEXT:
        raise PortfolioError(
            "too-large",
            f"rows {start + 1} to {end} hold more than {MOST_TEXT} bytes of text; leave columns of"
            " long texts out",
        )
    if frame.height != end - start:
        raise PortfolioError(
            "unreadable", f"the Parquet file has no row {start + frame.height + 1}; export it again"
        )
    return frame
