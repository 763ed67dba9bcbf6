"""The records of a range of CSV: their lines, their cells, and those of another shape."""

import io
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from portfolio.layout import Layout
from worker.bulk.cells import LINE, Cells, without_cells
from worker.bulk.marks import NEWLINE, QUOTE, RETURN, Marks, Offsets, mark, outside

_Counts = npt.NDArray[np.int64]
_Which = npt.NDArray[np.bool_]


class _Records(NamedTuple):
    """What is known of records before their cells are read; arrays of shape (records,)."""

    #: each ends with LF alone
    data: bytes
    #: where each begins in `data`, and where the last ends; shape (records + 1,)
    offsets: Offsets
    lines: _Counts
    #: cells; 0 for a blank line
    widths: _Counts

    def text(self, which: _Which) -> bytes:
        """Put some of them one after the other."""
        if which.all():
            return self.data
        runs = np.flatnonzero(np.diff(which, prepend=False, append=False)).reshape(-1, 2)
        return b"".join(self.data[start:end] for start, end in self.offsets[runs].tolist())


def read_csv(data: bytes, first_line: int, layout: Layout) -> Cells:
    """Read the wanted cells of some whole records.

    Blank lines are no rows. A record with too few or too many cells is a fault.

    Args:
        data: UTF-8, quotes in their places, as `ranges` proved them.
        first_line: physical line of the first byte.
        layout: of the file.
    """
    records = _records(_with_lf(data), first_line, layout)
    right = records.widths == len(layout.columns)

    def written(which: pl.Series) -> pl.DataFrame:
        some = right.copy()
        some[right] = which.to_numpy()
        return _parse(records, some, layout)

    rows = _parse(records, right, layout, _numbers(data, layout))
    return Cells(rows, _wrong_widths(records, right, len(layout.columns)), written)


def _with_lf(data: bytes) -> bytes:
    """End the records with LF alone, the last one too."""
    if not data.endswith(b"\n"):
        data += b"\n"
    if RETURN not in data:
        return data
    view = np.frombuffer(data, dtype=np.uint8)
    before = mark(data).ends - 1
    return np.delete(view, before[view[before] == RETURN]).tobytes()


def _records(data: bytes, first_line: int, layout: Layout) -> _Records:
    marks = mark(data)
    offsets = np.concatenate(([0], marks.ends + 1))
    starts = offsets[:-1]
    lines = np.arange(len(starts))
    if len(marks.ends) < len(marks.newlines):
        lines = np.searchsorted(marks.newlines, starts)
    widths = np.where(starts == marks.ends, 0, _widths(data, marks, starts, layout))
    return _Records(data, offsets, first_line + lines, widths)


def _widths(data: bytes, marks: Marks, starts: Offsets, layout: Layout) -> _Counts:
    delimiters = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord(layout.delimiter))
    if len(marks.quotes):
        delimiters = delimiters[outside(marks.quotes, len(data))[delimiters]]
    width = len(layout.columns)
    # Nearly always each record has its share of them; to count them one by one costs more.
    if len(delimiters) == len(starts) * (width - 1):
        shares = delimiters.reshape(-1, width - 1)
        if (shares[:, 0] >= starts).all() and (shares[:, -1] < marks.ends).all():
            return np.full(len(starts), width)
    before = np.searchsorted(delimiters, marks.ends)
    return np.diff(before, prepend=0) + 1


def _numbers(data: bytes, layout: Layout) -> set[str]:
    """Name the columns that polars can read as numbers at once.

    It then takes no cell that `faults.numbers` refuses, and makes the same number of it. What it
    refuses, such as "5 ", is null. A column that is also given back stays as it was written.
    """
    if layout.options.decimal == "," and (layout.delimiter == "," or b"." in data):
        return set()  # It would take a point for a comma, or a comma for the end of a cell.
    given_back = (*layout.options.pass_through, *layout.options.previous.values())
    return set(layout.fields) - {layout.reference, *given_back}


def _parse(
    records: _Records, which: _Which, layout: Layout, numbers: Collection[str] = ()
) -> pl.DataFrame:
    """Read the wanted cells of some records: `LINE`, Float64 where `numbers` says so, else text."""
    text, lines = records.text(which), pl.Series(LINE, records.lines[which], dtype=pl.Int64)
    if not text:
        schema = {name: pl.Float64 if name in numbers else pl.String for name in layout.wanted}
        return pl.DataFrame(schema={LINE: pl.Int64, **schema})
    # Named by position: the names of a file may be anything, and one may be empty twice.
    wanted = [layout.columns.index(name) for name in layout.wanted]
    frame = pl.read_csv(
        io.BytesIO(text),
        has_header=False,
        columns=wanted,
        schema={
            str(position): pl.Float64 if name in numbers else pl.String
            for position, name in enumerate(layout.columns)
        },
        separator=layout.delimiter,
        quote_char='"' if QUOTE in text else None,
        eol_char=chr(NEWLINE),
        decimal_comma=bool(numbers) and layout.options.decimal == ",",
        ignore_errors=bool(numbers),
    )
    if frame.height != len(lines):
        raise RuntimeError(f"line {lines[0]}: {frame.height} records read of {len(lines)}")
    return frame.select(
        lines,
        *(
            pl.col(str(position)).alias(name)
            for position, name in zip(wanted, layout.wanted, strict=True)
        ),
    )


def _wrong_widths(records: _Records, right: _Which, width: int) -> pl.DataFrame:
    wrong = ~right & (records.widths > 0)
    lines, widths = pl.Series(records.lines[wrong]), pl.Series(records.widths[wrong])
    message = pl.format("the row has {} cells, the header {}", pl.lit(widths), pl.lit(width))
    return without_cells(lines, "wrong-column-count", message)
