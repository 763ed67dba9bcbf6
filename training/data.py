"""Data to train on: one CSV file, read once, every fault of it told before any model is fitted."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas

from protocol.application import FIELDS
from training.cells import Cells, cells_of, text_of
from training.columns import (
    DAY,
    GROUP,
    IDENTIFIER,
    OPTIONAL,
    REQUIRED,
    TARGET,
    days_of,
    groups_of,
    numbers_of,
)
from training.faults import DataError, Faults
from training.mapping import our_header

__all__ = ["DataError", "TrainingData", "read"]

#: Fewest rows that can be split into learning and held-out rows.
MIN_ROWS = 50
#: Fewest rows of each class: eight to learn from, so five folds have at least one each.
MIN_CLASS = 10


@dataclass(frozen=True)
class TrainingData:
    """Checked rows of one file."""

    #: columns as in `FIELDS`, float64, then `default`, 0 or 1, then those of `OPTIONAL` in the file
    frame: pandas.DataFrame
    #: of the file's bytes, 64 hex digits
    sha256: str
    #: columns of the file that are not used
    ignored: tuple[str, ...]

    @property
    def rows(self) -> npt.NDArray[np.float64]:
        """The applications, shape (n, fields), columns as in `Application`."""
        return self.frame[[field.name for field in FIELDS]].to_numpy(np.float64)

    @property
    def defaults(self) -> npt.NDArray[np.int64]:
        """The outcomes, shape (n,), 1 is a default."""
        return self.frame[TARGET.name].to_numpy(np.int64)

    @property
    def days(self) -> npt.NDArray[np.datetime64] | None:
        """The days of the applications, shape (n,); None when the file has none."""
        return self.frame[DAY].to_numpy("datetime64[D]") if DAY in self.frame else None

    @property
    def groups(self) -> npt.NDArray[np.int64] | None:
        """A number for each group, shape (n,); None when the file has no groups."""
        return self.frame[GROUP].to_numpy(np.int64) if GROUP in self.frame else None


def read(path: Path, mapping: Mapping[str, str] | None = None) -> TrainingData:
    """Read and check a CSV file of loans with known outcome.

    Args:
        path: of the file.
        mapping: our name of a column -> its name in the file, see `training.mapping`.
    Raises:
        DataError: naming every fault with column, line, cause and remedy.
    """
    mapping = mapping or {}
    faults = Faults(str(path), mapping)
    data = _bytes_of(path, faults)
    faults.raise_if_any()
    text = text_of(data, faults)
    faults.raise_if_any()
    cells = cells_of(text, faults)
    theirs = list(cells.header)
    cells.header[:] = our_header(theirs, mapping)
    _check_header(cells.header, faults)
    frame = _checked_frame(cells, faults)
    faults.raise_if_any()
    _check_classes(frame[TARGET.name], faults)
    faults.raise_if_any()
    used = (*REQUIRED, *OPTIONAL)
    ignored = tuple(
        name for name, ours in zip(theirs, cells.header, strict=True) if ours not in used
    )
    return TrainingData(frame, hashlib.sha256(data).hexdigest(), ignored)


def _bytes_of(path: Path, faults: Faults) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        faults.add(0, "", f"cannot be read: {error.strerror}; set LOAN_DATA to a CSV file")
        return b""
    if not data.strip():
        faults.add(0, "", f"is empty; it needs the columns {', '.join(REQUIRED)}")
    return data


def _check_header(header: list[str], faults: Faults) -> None:
    counts = Counter(header)
    for name in (*REQUIRED, *OPTIONAL):
        if counts[name] == 0 and name in REQUIRED:
            text = "column is missing; add it, or name the one it is in LOAN_COLUMNS"
            faults.add(1, name, text)
        elif counts[name] > 1:
            faults.add(1, name, f"column stands {counts[name]} times; keep one of them")


def _checked_frame(cells: Cells, faults: Faults) -> pandas.DataFrame:
    if IDENTIFIER in cells.header:
        _check_ids(cells, faults)
    present = [field for field in (*FIELDS, TARGET) if field.name in cells.header]
    columns: dict[str, npt.NDArray[Any]] = {
        field.name: numbers_of(cells, field, faults) for field in present
    }
    for name, read_column in ((DAY, days_of), (GROUP, groups_of)):
        if name in cells.header:
            columns[name] = read_column(cells, faults)
    return pandas.DataFrame(columns)


def _check_ids(cells: Cells, faults: Faults) -> None:
    first: dict[str, int] = {}
    for cell, line in zip(cells.column(IDENTIFIER), cells.lines, strict=True):
        name = cell.strip()
        if not name:
            faults.add(line, IDENTIFIER, "is empty; give each row an id")
        elif name in first:
            text = f"repeats the id of line {first[name]}; keep one of the two rows"
            faults.add(line, IDENTIFIER, text)
        first.setdefault(name, line)


def _check_classes(target: "pandas.Series[float]", faults: Faults) -> None:
    if len(target) < MIN_ROWS:
        faults.add(
            0, "", f"has {len(target)} rows; at least {MIN_ROWS} are needed to hold some out"
        )
        return
    for value, noun in ((0, "repaid loans"), (1, "defaults")):
        count = int((target == value).sum())
        if count < MIN_CLASS:
            text = f"{count} rows are {value} ({noun}); at least {MIN_CLASS} of each are needed"
            faults.add(0, TARGET.name, text)
