"""The body of a text file in pieces of whole records, each proved to be readable."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from portfolio.layout import Layout
from portfolio.opening import LONGEST_LINE, check_text
from portfolio.options import PortfolioError
from worker.bulk.marks import BLANK, NEWLINE, RETURN, Marks, first_stray, mark

#: Bytes read at once. What is made of a piece stays in the allocator's hands; of larger pieces it
#: goes back to the system each time, and to ask for it anew takes as long as all the rest.
BLOCK = 1 << 18


class Piece(NamedTuple):
    """Some whole records that follow one another; the file's last may lack its newline."""

    #: byte offset in the file
    offset: int
    #: physical line of its first byte, 1-based
    line: int
    data: bytes
    marks: Marks

    def filled(self, layout: Layout) -> npt.NDArray[np.bool_]:
        """Tell which records hold a row, shape (records,); blank lines do not."""
        ends = self.marks.ends + 1
        if not self.data.endswith(b"\n"):
            ends = np.append(ends, len(self.data))
        starts = np.concatenate(([0], ends[:-1])).astype(np.intp)
        view = np.frombuffer(self.data, dtype=np.uint8)
        if layout.options.format == "ndjson":
            most: npt.NDArray[np.uint8] = np.maximum.reduceat(view, starts)
            return most > BLANK
        lengths = ends - starts - (view[ends - 1] == NEWLINE)
        blank: npt.NDArray[np.bool_] = (lengths == 0) | ((lengths == 1) & (view[starts] == RETURN))
        return ~blank

    def line_at(self, position: int) -> int:
        """Give the physical line of a byte of the piece."""
        return self.line + int(self.marks.newlines.searchsorted(position))


def pieces(path: Path, layout: Layout) -> Iterator[Piece]:
    """Read the body piece by piece, never more than a block and one row of it at once.

    Raises:
        PortfolioError: a byte is not UTF-8 text, a quote is out of place, or a row is too long.
    """
    offset, line, left = layout.body_start, layout.body_line, b""
    with path.open("rb") as file:
        file.seek(offset)
        while block := file.read(BLOCK):
            piece, left = _whole(Piece(offset, line, left + block, mark(b"")), layout)
            if piece.data:
                yield piece
            offset += len(piece.data)
            line += len(piece.marks.newlines)
    if left:
        yield _last(Piece(offset, line, left, mark(b"")), layout)


def _whole(read: Piece, layout: Layout) -> tuple[Piece, bytes]:
    """Cut off the record that is not yet whole, and check the others."""
    marks = _marks(read.data, layout)
    cut = int(marks.ends[-1]) + 1 if len(marks.ends) else 0
    left = read.data[cut:]
    if len(left) > LONGEST_LINE:
        _check(read._replace(marks=marks), layout)
        raise _too_long(read._replace(marks=marks), cut)
    piece = read._replace(data=read.data[:cut], marks=marks.before(cut))
    _check(piece, layout)
    return piece, left


def _last(read: Piece, layout: Layout) -> Piece:
    piece = read._replace(marks=_marks(read.data, layout))
    _check(piece, layout)
    if len(piece.marks.quotes) % 2:
        raise _unbalanced(piece, len(piece.marks.quotes) - 1)
    return piece


def _marks(data: bytes, layout: Layout) -> Marks:
    return mark(data, quoting=layout.options.format == "csv")


def _check(piece: Piece, layout: Layout) -> None:
    check_text(piece.data, piece.offset, piece.line)
    quotes, ends = piece.marks.quotes, piece.marks.ends
    if len(quotes):
        stray = first_stray(piece.data, quotes, layout.delimiter)
        if stray is not None:
            raise _unbalanced(piece, stray)
    lengths = ends.copy()
    lengths[1:] -= ends[:-1]
    if len(lengths) and int(lengths.max()) > LONGEST_LINE:
        raise _too_long(piece, int(ends[lengths.argmax()] - lengths.max()) + 1)


def _unbalanced(piece: Piece, stray: int) -> PortfolioError:
    """Name the line where the cell of a quote out of place began."""
    quotes = piece.marks.quotes
    opening = stray - stray % 2
    while opening > 1 and quotes[opening - 1] == quotes[opening] - 1:
        opening -= 2
    return PortfolioError(
        "unbalanced-quotes",
        f"line {piece.line_at(int(quotes[opening]))}: the quote that stands or begins here has no"
        ' partner at the end of its cell; write cells as "..." and a quote inside them as ""',
    )


def _too_long(piece: Piece, start: int) -> PortfolioError:
    return PortfolioError(
        "line-too-long",
        f"line {piece.line_at(start)}: the row is longer than {LONGEST_LINE} bytes;"
        " a quote may lack its partner there",
    )
