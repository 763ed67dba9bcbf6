"""The records of a range of CSV: their lines, their cells, and those of another shape."""

import io
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from portfolio.layout import Layout
from worker.bulk.cells import LINE, Cells, without_cells
from worker.bulk.marks import NEWLINE, QUOTE, RETURN, Bytes, Marks, Offsets, mark, outside

_Counts = npt.NDArray[np.int64]


class _Records(NamedTuple):
    """What is known of each record before its cells are read; arrays of shape (records,)."""

    lines: _Counts
    #: bytes, the newline included
    lengths: _Counts
    #: cells; 0 for a blank line
    widths: _Counts


def read_csv(data: bytes, first_line: int, layout: Layout) -> Cells:
    """Read the wanted cells of some whole records.

    Blank lines are no rows. A record with too few or too many cells is a fault.

    Args:
        data: UTF-8, quotes in their places, as `ranges` proved them.
        first_line: physical line of the first byte.
        layout: of the file.
    """
    if not data.endswith(b"\n"):
        data += b"\n"
    marks = mark(data)
    view = np.frombuffer(data, dtype=np.uint8)
    records = _records(view, marks, first_line, layout)
    right = records.widths == len(layout.columns)
    text = _clean(view, marks, records, right)
    rows = _parse(text, layout, quoted=QUOTE in data)
    if rows.height != int(right.sum()):
        raise RuntimeError(f"line {first_line}: {rows.height} records read of {right.sum()}")
    rows = rows.insert_column(0, pl.Series(LINE, records.lines[right], dtype=pl.Int64))
    return Cells(rows, _wrong_widths(records, right, len(layout.columns)))


def _records(view: Bytes, marks: Marks, first_line: int, layout: Layout) -> _Records:
    starts = np.concatenate(([0], marks.ends[:-1] + 1))
    lines = first_line + np.searchsorted(marks.newlines, starts)
    lengths = marks.ends + 1 - starts
    blank = (lengths == 1) | ((lengths == 2) & (view[starts] == RETURN))
    widths = np.where(blank, 0, _widths(view, marks, layout))
    return _Records(lines, lengths, widths)


def _widths(view: Bytes, marks: Marks, layout: Layout) -> _Counts:
    delimiters: Offsets = np.flatnonzero(view == ord(layout.delimiter))
    if len(marks.quotes):
        delimiters = delimiters[outside(marks.quotes, delimiters)]
    before = np.searchsorted(delimiters, marks.ends)
    return np.diff(before, prepend=0) + 1


def _clean(view: Bytes, marks: Marks, records: _Records, right: npt.NDArray[np.bool_]) -> bytes:
    """Keep the records of the right shape, and end them with LF alone."""
    returns = marks.ends[view[marks.ends - 1] == RETURN] - 1
    if right.all() and not len(returns):
        return view.tobytes()
    keep = np.repeat(right, records.lengths)
    keep[returns] = False
    return view[keep].tobytes()


def _parse(text: bytes, layout: Layout, *, quoted: bool) -> pl.DataFrame:
    # Named by position: the names of a file may be anything, and one may be empty twice.
    names = [str(position) for position in range(len(layout.columns))]
    wanted = [layout.columns.index(name) for name in layout.wanted]
    schema = dict.fromkeys(names, pl.String)
    if not text:
        return pl.DataFrame(schema=dict.fromkeys(layout.wanted, pl.String))
    frame = pl.read_csv(
        io.BytesIO(text),
        has_header=False,
        columns=wanted,
        schema=schema,
        separator=layout.delimiter,
        quote_char='"' if quoted else None,
        eol_char=chr(NEWLINE),
    )
    return frame.select(
        pl.col(str(position)).alias(name)
        for position, name in zip(wanted, layout.wanted, strict=True)
    )


def _wrong_widths(records: _Records, right: npt.NDArray[np.bool_], width: int) -> pl.DataFrame:
    wrong = ~right & (records.widths > 0)
    lines, widths = pl.Series(records.lines[wrong]), pl.Series(records.widths[wrong])
    message = pl.format("the row has {} cells, the header {}", pl.lit(widths), pl.lit(width))
    return without_cells(lines, "wrong-column-count", message)
