"""Faults of a data file: all of them are counted, the first are told, one error is raised."""

from collections import Counter
from collections.abc import Iterable, Mapping
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

    Args:
        source: of the file.
        names: our name of a column -> its name in the file, where that is another.
    """

    def __init__(self, source: str, names: Mapping[str, str] | None = None) -> None:
        self._source = source
        self._names = dict(names or {})
        self._kept: list[Fault] = []
        self._counts: Counter[str] = Counter()

    def add(self, line: int, column: str, text: str) -> None:
        """Note one fault."""
        self.add_many(column, [Fault(line, column, text)], 1)

    def add_many(self, column: str, faults: Iterable[Fault], count: int) -> None:
        """Note `count` faults of one column, of which `faults` are the first `SHOWN` or more."""
        theirs = self._names.get(column, column)
        self._kept.extend(fault._replace(column=theirs) for fault in faults)
        self._counts[theirs or "the rows"] += count
        if len(self._kept) > 100 * SHOWN:
            self._kept = nsmallest(SHOWN, self._kept)

    def raise_if_any(self) -> None:
        """Stop here when something is wrong.

        Raises:
            DataError: at least one fault was noted.
        """
        count = self._counts.total()
        if not count:
            return
        told = nsmallest(SHOWN, self._kept)
        rest = count - len(told)
        plural = "fault" if count == 1 else "faults"
        lines = [f"{self._source}: {count} {plural}, nothing was trained"]
        lines += [f"  {fault}" for fault in told]
        if rest:
            counts = (+self._counts).most_common()  # without the columns that have none
            each = ", ".join(f"{column} {number}" for column, number in counts)
            lines += [f"  and {rest} more; in all: {each}"]
        raise DataError("\n".join(lines))


def shortened(cell: str) -> str:
    r"""Quote a cell so that it fits a line and cannot steer the terminal.

    >>> print(shortened("12,5"), shortened("x" * 99), shortened("\x1b[2J"))
    '12,5' 'xxxxxxxxxxxxxxxxxxxxxxxx'... '\x1b[2J'
    """
    return repr(cell[:CELL_WIDTH]) + "..." * (len(cell) > CELL_WIDTH)
