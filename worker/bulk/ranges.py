"""The ranges of a portfolio file: what one worker process scores at a time."""

from dataclasses import dataclass, replace
from pathlib import Path

from portfolio.layout import Layout
from worker.bulk import parquet
from worker.bulk.pieces import Piece, pieces

#: Rows of a range at most: short rows with many faults make far more of themselves than they are.
MOST_ROWS = 250_000


@dataclass(frozen=True, slots=True)
class Range:
    """Some whole rows that follow one another."""

    #: 0 for the first; the parts are joined in this order
    index: int
    #: first byte in the file; for Parquet the first row, 0-based
    start: int
    #: the byte, or row, after the last
    end: int
    #: physical line of the first row, 1-based; for Parquet its number
    first_line: int


def ranges(path: Path, layout: Layout, size: int) -> list[Range]:
    """Cut the body of a file into ranges of about `size` bytes that begin and end with a row.

    Reads the whole file once, so that what makes a file unreadable is found before any of it is
    scored. A newline in quotes ends no row.

    Args:
        path: the file.
        layout: of this file.
        size: bytes, 1 or more; each range but the last has these, and at most a row more, unless
            it has `MOST_ROWS`. Of Parquet, `size` / `parquet.ROW_BYTES` rows.
    Raises:
        PortfolioError: a byte is not UTF-8 text, a quote is out of place, or a row is too long.
    """
    if layout.options.format == "parquet":
        return _groups(parquet.count(path), max(1, size // parquet.ROW_BYTES))
    found: list[Range] = []
    begun = Range(0, layout.body_start, layout.body_start, layout.body_line)
    rows = 0  # that it has in pieces gone by
    for piece in pieces(path, layout):
        while (after := _cut(piece, begun, size, MOST_ROWS - rows)) is not None:
            found.append(replace(begun, end=piece.offset + after))
            line = piece.line_at(after)
            begun = Range(len(found), piece.offset + after, piece.offset + after, line)
            rows = 0
        rows += len(piece.marks.ends) - _first(piece, begun)
        begun = replace(begun, end=piece.offset + len(piece.data))
    return [*found, begun] if begun.end > begun.start else found


def _groups(count: int, most: int) -> list[Range]:
    """Cut rows into groups of `most`.

    >>> _groups(5, 3)[1]
    Range(index=1, start=3, end=5, first_line=4)
    """
    starts = range(0, count, most)
    return [
        Range(index, start, min(start + most, count), start + 1)
        for index, start in enumerate(starts)
    ]


def _first(piece: Piece, begun: Range) -> int:
    """Find the first row of a piece that is of the begun range, as a position among its ends."""
    return int(piece.marks.ends.searchsorted(begun.start - piece.offset))


def _cut(piece: Piece, begun: Range, size: int, most: int) -> int | None:
    """Find where the begun range ends, as an offset into the piece; None when not in it.

    Args:
        piece: rows of the range, and of later ones.
        begun: its end is not yet known.
        size: bytes it must reach,
        most: or rows of the piece it may have, 1 or more.
    """
    ends = piece.marks.ends
    reached = int(ends.searchsorted(begun.start + size - piece.offset - 1))
    last = min(reached, _first(piece, begun) + most - 1)
    return int(ends[last]) + 1 if last < len(ends) else None
