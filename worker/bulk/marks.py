"""The marks in a piece of text: its quotes, its newlines, and those that end a record."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

#: Byte offsets, ascending, shape (n,).
Offsets = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]

NEWLINE, RETURN, QUOTE = b'\n\r"'
#: Largest byte that is blank in NDJSON: space, and what stands before it in ASCII.
BLANK = 0x20


class Marks(NamedTuple):
    """Where the marks of a piece are, as offsets into it."""

    quotes: Offsets
    newlines: Offsets
    #: the newlines outside quotes: an escaped quote is two, and keeps the parity
    ends: Offsets

    def before(self, offset: int) -> "Marks":
        """Keep the marks before an offset."""
        return Marks(*(places[: places.searchsorted(offset)] for places in self))


def mark(data: bytes, *, quoting: bool = True) -> Marks:
    r"""Find the marks of a piece that begins where a record does.

    >>> marks = mark(b'a,"b\n""c"\nd\n')
    >>> marks.newlines.tolist(), marks.ends.tolist()
    ([4, 9, 11], [9, 11])

    Args:
        data: the piece.
        quoting: whether quotes hide newlines, as in CSV; not so in NDJSON.
    """
    view = np.frombuffer(data, dtype=np.uint8)
    newlines = np.flatnonzero(view == NEWLINE)
    if not quoting or QUOTE not in data:
        return Marks(newlines[:0], newlines, newlines)
    quotes = np.flatnonzero(view == QUOTE)
    return Marks(quotes, newlines, newlines[outside(quotes, len(data))[newlines]])


def outside(quotes: Offsets, size: int) -> npt.NDArray[np.bool_]:
    """Tell of each byte whether an even number of quotes stands before it.

    >>> outside(np.array([1, 3]), 5).tolist()   # of a quote it says nothing of use
    [True, False, False, True, True]

    Args:
        quotes: offsets of all quotes.
        size: bytes of the piece.
    """
    # Much cheaper than to search each offset that matters among the quotes.
    stretches = np.diff(quotes, prepend=0, append=size)
    return np.repeat(np.arange(len(stretches)) % 2 == 0, stretches)


def first_stray(data: bytes, quotes: Offsets, delimiter: str) -> int | None:
    """Find the first quote that neither opens nor closes a cell, nor stands for a quote in one.

    >>> [first_stray(text, mark(text).quotes, ",") for text in (b'a,"b"', b'"a""b",c', b'a,b"c"')]
    [None, None, 0]

    Args:
        data: the piece; it begins where a record does.
        quotes: offsets of its quotes.
        delimiter: one character.
    Returns:
        Its position in `quotes`; None when there is none.
    """
    borders = (QUOTE, NEWLINE, RETURN, ord(delimiter))
    # One border before and one after the piece stand for its ends.
    framed = np.frombuffer(b"\n" + data + b"\n", dtype=np.uint8)
    openings, closings = quotes[::2], quotes[1::2]
    strays = np.zeros(len(quotes), dtype=np.bool_)
    strays[::2] = ~np.isin(framed[openings], borders)
    strays[1::2] = ~np.isin(framed[closings + 2], borders)
    found = np.flatnonzero(strays)
    return int(found[0]) if len(found) else None
