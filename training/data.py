"""Data to train on: one CSV file, read once, every fault of it told before any model is fitted."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas

from protocol.application import FIELDS
from training.cells import Cells, cells_of, text_of
from training.columns import IDENTIFIER, REQUIRED, TARGET, numbers_of
from training.faults import DataError, Faults

__all__ = ["DataError", "TrainingData", "read"]

#: Fewest rows that can be split into learning and held-out rows.
MIN_ROWS = 50
#: Fewest rows of each class: eight to learn from, so five folds have at least one each.
MIN_CLASS = 10


@dataclass(frozen=True)
class TrainingData:
    """Checked rows of one file."""

    #: columns as in `FIELDS`, float64, then `default`, 0 or 1
    frame: pandas.DataFrame
    #: of the file's bytes, 64 hex digits
    sha256: str
    #: columns of the file that are not used
    ignored: tuple[str, ...]

    @property
    def rows(self) -> npt.NDArray[np.float64]:
        """The applications, shape (n, 6), columns as in `Application`."""
        return self.frame[[field.name for field in FIELDS]].to_numpy(np.float64)

    @property
    def defaults(self) -> npt.NDArray[np.int64]:
        """The outcomes, shape (n,), 1 is a default."""
        return self.frame[TARGET.name].to_numpy(np.int64)


def read(path: Path) -> TrainingData:
    """Read and check a CSV file of loans with known outcome.

    Raises:
        DataError: naming every fault with column, line, cause and remedy.
    """
    faults = Faults(str(path))
    data = _bytes_of(path, faults)
    faults.raise_if_any()
    text = text_of(data, faults)
    faults.raise_if_any()
    cells = cells_of(text, faults)
    _check_header(cells.header, faults)
    frame = _checked_frame(cells, faults)
    faults.raise_if_any()
    _check_classes(frame[TARGET.name], faults)
    faults.raise_if_any()
    ignored = tuple(name for name in cells.header if name not in REQUIRED)
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
    for name in REQUIRED:
        if counts[name] == 0:
            faults.add(1, name, "column is missing; add it to the header and to every row")
        elif counts[name] > 1:
            faults.add(1, name, f"column stands {counts[name]} times; keep one of them")


def _checked_frame(cells: Cells, faults: Faults) -> pandas.DataFrame:
    if IDENTIFIER in cells.header:
        _check_ids(cells, faults)
    present = [field for field in (*FIELDS, TARGET) if field.name in cells.header]
    return pandas.DataFrame({field.name: numbers_of(cells, field, faults) for field in present})


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
