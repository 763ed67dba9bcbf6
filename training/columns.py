"""Columns of a data file: their names, and how their cells become numbers or faults."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

from protocol.application import FIELDS, Field
from training.cells import Cells
from training.faults import SHOWN, Fault, Faults, shortened

#: Names the applicant; checked to be unique, never a feature.
IDENTIFIER = "customer_id"
#: What is learnt: 1 is a loan that defaulted, 0 one that was repaid.
TARGET = Field("default", "integer", 0, 1, "", "whether the loan defaulted")
#: Every column that must be there.
REQUIRED = (IDENTIFIER, *(field.name for field in FIELDS), TARGET.name)


def numbers_of(cells: Cells, field: Field, faults: Faults) -> npt.NDArray[np.float64]:
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
    faults.add_many(islice(_explained(cells, column, field, bad), SHOWN), len(bad))
    return numbers


def _number(cell: str) -> float:
    """Read a number; NaN, which is in no range, when it is none (Python also reads 1_000)."""
    try:
        return float(cell) if "_" not in cell else np.nan
    except ValueError:
        return np.nan


def _explained(
    cells: Cells, column: list[str], field: Field, bad: npt.NDArray[np.intp]
) -> Iterator[Fault]:
    noun = "a whole number" if field.kind == "integer" else "a number"
    remedy = f"write {noun} from {field.low:g} to {field.high:g}"
    if field is TARGET:
        remedy = "write 0 (repaid) or 1 (default)"
    for at in bad:
        yield Fault(cells.lines[at], field.name, f"{_cause(column[at], field)}; {remedy}")


def _cause(cell: str, field: Field) -> str:
    number = _number(cell)
    if not cell.strip():
        return "is empty"
    if np.isnan(number):
        return f"{shortened(cell)} is not a number"
    if field.low <= number <= field.high:
        return f"{shortened(cell)} is not a whole number"
    return f"{shortened(cell)} is out of range"
