"""Cells of a CSV file as text, each row with the line it stands on; called by `training.data`."""

import csv
import io
from typing import NamedTuple

from training.faults import Faults, shortened

#: Separators other than the comma that spreadsheets write.
OTHER_SEPARATORS = ";\t|"


class Cells(NamedTuple):
    """The rows of a CSV file, all as wide as its header."""

    header: list[str]
    rows: list[list[str]]
    #: physical line each row ends on, the header being line 1
    lines: list[int]

    def column(self, name: str) -> list[str]:
        """Give the cells of the first column of this name."""
        at = self.header.index(name)
        return [row[at] for row in self.rows]


def text_of(data: bytes, faults: Faults) -> str:
    """Decode a file; a fault when it is not UTF-8 (a byte order mark is fine) or has no commas."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.add(line, "", "is not UTF-8 text; save the file as CSV (UTF-8)")
        return ""
    head = text.lstrip().partition("\n")[0]
    for mark in OTHER_SEPARATORS:
        if mark in head and "," not in head:
            faults.add(1, "", f"cells are parted by {shortened(mark)}; write commas instead")
    return text


def cells_of(text: str, faults: Faults) -> Cells:
    """Split CSV text into cells; blank lines are skipped, every row of a wrong width is a fault."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    cells = Cells([], [], [])
    try:
        for row in reader:
            _take(row, reader.line_num, cells, faults)
    except csv.Error as error:
        faults.add(reader.line_num, "", f"is not CSV ({error}); save the file as CSV (UTF-8)")
    return cells


def _take(row: list[str], line: int, cells: Cells, faults: Faults) -> None:
    if not row:
        return
    if not cells.header:
        cells.header.extend(name.strip() for name in row)
    elif len(row) == len(cells.header):
        cells.rows.append(row)
        cells.lines.append(line)
    else:
        text = f"{len(row)} cells where the header has {len(cells.header)}; write one for each"
        faults.add(line, "", text)
