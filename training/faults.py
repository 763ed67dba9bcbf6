"""Faults of a data file: all of them are counted, the first are told, one error is raised."""

from collections.abc import Iterable
from heapq import nsmallest
from typing import NamedTuple

from protocol.errors import LoanscoreError

#: Faults told one by one; the rest are only counted.
SHOWN = 20
#: Characters of an offending cell that are shown.
CELL_WIDTH = 24


class DataError(LoanscoreError):
    """A data file cannot be trained on; one headline, then one line a fault."""


class Fault(NamedTuple):
    """One thing that is wrong; sorts by its place in the file."""

    #: physical line of the file, the header being 1; 0 is the file as a whole
    line: int
    column: str
    #: cause and remedy
    text: str

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line else ""
        place = ", ".join(filter(None, (line, self.column))) or "file"
        return f"{place}: {self.text}"


class Faults:
    """Collects the faults of one file.

    Memory stays small however bad the file is: only the first faults are kept.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._kept: list[Fault] = []
        self._count = 0

    def add(self, line: int, column: str, text: str) -> None:
        """Note one fault."""
        self.add_many([Fault(line, column, text)], 1)

    def add_many(self, faults: Iterable[Fault], count: int) -> None:
        """Note `count` faults, of which `faults` are the first `SHOWN` or more."""
        self._kept.extend(faults)
        self._count += count
        if len(self._kept) > 100 * SHOWN:
            self._kept = nsmallest(SHOWN, self._kept)

    def raise_if_any(self) -> None:
        """Stop here when something is wrong.

        Raises:
            DataError: at least one fault was noted.
        """
        if not self._count:
            return
        told = nsmallest(SHOWN, self._kept)
        rest = self._count - len(told)
        plural = "fault" if self._count == 1 else "faults"
        lines = [f"{self._source}: {self._count} {plural}, nothing was trained"]
        lines += [f"  {fault}" for fault in told]
        lines += [f"  and {rest} more"] * bool(rest)
        raise DataError("\n".join(lines))


def shortened(cell: str) -> str:
    r"""Quote a cell so that it fits a line and cannot steer the terminal.

    >>> print(shortened("12,5"), shortened("x" * 99), shortened("\x1b[2J"))
    '12,5' 'xxxxxxxxxxxxxxxxxxxxxxxx'... '\x1b[2J'
    """
    return repr(cell[:CELL_WIDTH]) + "..." * (len(cell) > CELL_WIDTH)
