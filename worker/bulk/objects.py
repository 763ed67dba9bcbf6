"""The objects of a range of NDJSON: one a line, and the lines that hold none."""

import io
import json
from collections.abc import Sequence
from typing import NoReturn

import numpy as np
import polars as pl

from portfolio.layout import Layout
from worker.bulk.cells import LINE, Cells, without_cells
from worker.bulk.marks import BLANK, Offsets, mark

#: Lines that are looked at one by one when they could not be read together.
FEW = 4_096


def read_ndjson(data: bytes, first_line: int, layout: Layout) -> Cells:
    """Read the wanted keys of some whole lines as text.

    Blank lines are no rows; a line that is no JSON object is a fault; a key that is left out has
    no value. A number may also be written as a string; of a key that comes twice the first counts.

    Args:
        data: UTF-8.
        first_line: physical line of the first byte.
        layout: of the file.
    """
    if not data.endswith(b"\n"):
        data += b"\n"
    ends = mark(data, quoting=False).ends + 1
    starts = np.concatenate(([0], ends[:-1]))
    filled = np.maximum.reduceat(np.frombuffer(data, dtype=np.uint8), starts) > BLANK
    lines = first_line + np.flatnonzero(filled)
    reading = _Reading(data, starts[filled], ends[filled], layout)
    frame = reading.read(0, len(lines))
    wrong = np.zeros(len(lines), dtype=np.bool_)
    wrong[reading.wrong] = True
    rows = frame.insert_column(0, pl.Series(LINE, lines[~wrong], dtype=pl.Int64))
    return Cells(rows, _no_objects(lines[wrong]), rows.filter)


class _Reading:
    """Reads lines together; where that fails, the faulty ones are found and left out."""

    def __init__(self, data: bytes, starts: Offsets, ends: Offsets, layout: Layout) -> None:
        self._data = data
        self._starts = starts
        self._ends = ends
        self._schema = pl.Schema(dict.fromkeys(layout.wanted, pl.String()))
        #: positions of the lines that are no objects
        self.wrong: list[int] = []

    def read(self, first: int, after: int) -> pl.DataFrame:
        """Read the lines from `first` until before `after`; faulty ones give no row."""
        if after - first > FEW:
            frame = self._together(range(first, after))
            return self._halves(first, after) if frame is None else frame
        return self._few(list(range(first, after)))

    def _halves(self, first: int, after: int) -> pl.DataFrame:
        middle = (first + after) // 2
        return pl.concat([self.read(first, middle), self.read(middle, after)])

    def _few(self, places: list[int]) -> pl.DataFrame:
        frame = self._together(places)
        if frame is not None:
            return frame
        # Reading together fails slowly: what is no JSON at all is sorted out first. What this
        # takes and polars does not, a number like 1e400, is found by halves.
        likely = [place for place in places if _may_be_object(self._line(place))]
        self.wrong += set(places) - set(likely)
        return self._one_by_one(likely)

    def _one_by_one(self, places: list[int]) -> pl.DataFrame:
        frame = self._together(places)
        if frame is not None:
            return frame
        if len(places) == 1:
            self.wrong += places
            return self._schema.to_frame()
        middle = len(places) // 2
        halves = (places[:middle], places[middle:])
        return pl.concat(self._one_by_one(half) for half in halves)

    def _together(self, places: Sequence[int]) -> pl.DataFrame | None:
        if not places:
            return self._schema.to_frame()
        if len(places) == places[-1] + 1 - places[0]:
            text = self._data[self._starts[places[0]] : self._ends[places[-1]]]
        else:
            text = b"".join(map(self._line, places))
        try:
            frame = pl.read_ndjson(io.BytesIO(text), schema=self._schema)
        except pl.exceptions.ComputeError:
            return None
        return frame if frame.height == len(places) else None

    def _line(self, place: int) -> bytes:
        return self._data[self._starts[place] : self._ends[place]]


def _may_be_object(line: bytes) -> bool:
    """Whether a line is an object to a reader that takes at least what polars takes.

    >>> [_may_be_object(line) for line in (b'{"a": 1e400}', b'{"a": 1},', b"[]", b'{"a": NaN}')]
    [True, False, False, False]
    """
    try:
        # The numbers are not looked at: `len` stands for reading them.
        read = json.loads(
            line.decode(), strict=False, parse_int=len, parse_float=len, parse_constant=_refuse
        )
    except RecursionError:
        return True
    except ValueError:
        return False
    return isinstance(read, dict)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _no_objects(lines: Offsets) -> pl.DataFrame:
    return without_cells(pl.Series(lines), "not-an-object", pl.lit("the line is no JSON object"))
