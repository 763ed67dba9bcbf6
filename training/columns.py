"""Columns of a data file: their names, and how their cells become numbers or faults."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

import numpy as np
import numpy.typing as npt

from protocol.application import FIELDS
from protocol.schema import Column
from training.cells import Cells
from training.faults import SHOWN, Fault, Faults, shortened

#: Names the applicant; checked to be unique, never a feature.
IDENTIFIER = "customer_id"
#: What is learnt: 1 is a loan that defaulted, 0 one that was repaid.
TARGET = Column(name="default", kind="integer", low=0, high=1)
#: Every column that must be there.
REQUIRED = (IDENTIFIER, *(field.name for field in FIELDS), TARGET.name)
#: The day of the application, and whom it belongs with (a branch, a household, the same person):
#: columns that decide, where they are there, which loans are held out.
DAY, GROUP = "applied_on", "group"
OPTIONAL = (DAY, GROUP)


def numbers_of(cells: Cells, field: Column, faults: Faults) -> npt.NDArray[np.float64]:
    """Read the column of a field; each cell that is no number in its range is a fault.

    Returns:
        Shape (n,), one number a row; NaN where the cell holds none.
    """
    column = cells.column(field.name)
    numbers = np.fromiter(map(_number, column), np.float64, len(column))
    good = (numbers >= field.low) & (numbers <= field.high)
    if field.kind == "integer":
        good &= numbers == np.floor(numbers)
    bad = np.flatnonzero(~good)
    faults.add_many(field.name, islice(_explained(cells, column, field, bad), SHOWN), len(bad))
    return numbers


def days_of(cells: Cells, faults: Faults) -> npt.NDArray[np.datetime64]:
    """Read the column `DAY`; each cell that is no day is a fault.

    Returns:
        Shape (n,), datetime64[D]; NaT where the cell holds none.
    """
    days = np.empty(len(cells.lines), dtype="datetime64[D]")
    for at, cell in enumerate(cells.column(DAY)):
        try:
            days[at] = date.fromisoformat(cell.strip()[:10])
        except ValueError:
            days[at] = np.datetime64("NaT")
            text = f"{shortened(cell)} is not a day; write it as 2026-01-31"
            faults.add(cells.lines[at], DAY, text)
    return days


def groups_of(cells: Cells, faults: Faults) -> npt.NDArray[np.int64]:
    """Read the column `GROUP`; each empty cell is a fault.

    Returns:
        Shape (n,), the same number for the same text.
    """
    column = np.array([cell.strip() for cell in cells.column(GROUP)], dtype=np.str_)
    for at in np.flatnonzero(column == ""):
        faults.add(cells.lines[at], GROUP, "is empty; name the group of each row")
    return np.asarray(np.unique(column, return_inverse=True)[1], dtype=np.int64)


def _number(cell: str) -> float:
    """Read a number; NaN, which is in no range, when it is none (Python also reads 1_000)."""
    try:
        return float(cell) if "_" not in cell else np.nan
    except ValueError:
        return np.nan


def _explained(
    cells: Cells, column: list[str], field: Column, bad: npt.NDArray[np.intp]
) -> Iterator[Fault]:
    noun = "a whole number" if field.kind == "integer" else "a number"
    remedy = f"write {noun} from {field.low:g} to {field.high:g}"
    if field is TARGET:
        remedy = "write 0 (repaid) or 1 (default)"
    for at in bad:
        yield Fault(cells.lines[at], field.name, f"{_cause(column[at], field)}; {remedy}")


def _cause(cell: str, field: Column) -> str:
    number = _number(cell)
    if not cell.strip():
        return "is empty"
    if np.isnan(number):
        return f"{shortened(cell)} is not a number"
    if field.low <= number <= field.high:
        return f"{shortened(cell)} is not a whole number"
    return f"{shortened(cell)} is out of range"
