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
    #: how many; blank lines are none
    rows: int


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
    begun = Range(0, layout.body_start, layout.body_start, layout.body_line, 0)
    for piece in pieces(path, layout):
        first = 0  # record of the piece that is of the begun range
        filled = piece.filled(layout)
        while (last := _cut(piece, begun, size, first)) is not None:
            after = int(piece.marks.ends[last]) + 1
            rows = begun.rows + int(filled[first : last + 1].sum())
            found.append(replace(begun, end=piece.offset + after, rows=rows))
            line = piece.line_at(after)
            begun = Range(len(found), piece.offset + after, piece.offset + after, line, 0)
            first = last + 1
        rows = begun.rows + int(filled[first:].sum())
        begun = replace(begun, end=piece.offset + len(piece.data), rows=rows)
    return [*found, begun] if begun.end > begun.start else found


def _groups(count: int, most: int) -> list[Range]:
    """Cut rows into groups of `most`.

    >>> _groups(5, 3)[1]
    Range(index=1, start=3, end=5, first_line=4, rows=2)
    """
    starts = range(0, count, most)
    return [
        Range(index, start, min(start + most, count), start + 1, min(most, count - start))
        for index, start in enumerate(starts)
    ]


def _cut(piece: Piece, begun: Range, size: int, first: int) -> int | None:
    """Find the record of a piece that ends the begun range; None when it is not in it.

    Args:
        piece: rows of the range, and of later ones.
        begun: its end is not yet known.
        size: bytes it must reach, unless it has `MOST_ROWS`.
        first: record of the piece that is of the begun range.
    """
    ends = piece.marks.ends
    reached = int(ends.searchsorted(begun.start + size - piece.offset - 1))
    last = min(reached, first + max(MOST_ROWS - begun.rows, 1) - 1)
    return last if last < len(ends) else None
