"""What was left of a portfolio: the rows of some ranges, as they were sent."""

from pathlib import Path

import polars as pl

from portfolio.layout import Layout
from portfolio.parquet import readable
from protocol.durable import replacing, written
from worker.bulk.ranges import Range

_BLOCK = 1 << 20


def write_leftover(path: Path, layout: Layout, left: list[Range], target: Path) -> None:
    """Copy some ranges, with the header, so that the file can be submitted as it is.

    Args:
        path: the portfolio.
        layout: of this file.
        left: its ranges that were not scored; none leaves an empty file.
        target: replaced whole.
    Raises:
        PortfolioError: rows of a damaged Parquet file cannot be copied.
        OSError: it could not be read or written.
    """
    if left and layout.options.format == "parquet":
        rows = pl.scan_parquet(path)
        with replacing(target) as beside, readable():
            pl.concat(rows.slice(one.start, one.end - one.start) for one in left).sink_parquet(
                beside, compression="zstd"
            )
        return
    header = [(0, layout.body_start)] if left else []
    copy(path, [*header, *((one.start, one.end) for one in left)], target)


def copy(path: Path, cuts: list[tuple[int, int]], target: Path) -> None:
    """Copy bytes.

    Args:
        path: of the source.
        cuts: first byte and byte after the last, of each piece.
        target: replaced whole.
    Raises:
        OSError: it could not be read or written.
    """
    with path.open("rb") as source, written(target) as file:
        for start, end in cuts:
            source.seek(start)
            left = end - start
            while block := source.read(min(_BLOCK, left)):
                file.write(block)
                left -= len(block)
