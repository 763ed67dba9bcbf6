"""Outcomes from a file of CSV or NDJSON, line by line: each good, or what is wrong with it."""

from __future__ import annotations

import csv
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import IO, TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: What a line says, by these names unless the caller has others.
COLUMNS = ("id", "defaulted", "observed_on")
FORMATS = ("csv", "ndjson")
_ID = re.compile(r"sc_[0-9a-f]{44}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SAID = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True)
class Outcome:
    """Whether the loan of one score defaulted."""

    #: sc_...
    id: str
    defaulted: bool
    #: the day on which this was so
    observed_on: date
    #: of the file it came from
    line: int | None = None


@dataclass(frozen=True)
class BadLine:
    """A line that is no outcome, or one that the service did not take."""

    #: of the file, counted from 1
    line: int
    #: as the file calls it; None is the line as a whole
    column: str | None
    detail: str

    def __str__(self) -> str:
        """Name the place.

        >>> str(BadLine(17, "observed_on", "is no day, 2026-01-31"))
        'line 17, observed_on: is no day, 2026-01-31'
        """
        return f"line {self.line}{f', {self.column}' if self.column else ''}: {self.detail}"


def read(
    file: IO[bytes],
    file_format: str = "csv",
    delimiter: str = ",",
    columns: Mapping[str, str] | None = None,
) -> Iterator[Outcome | list[BadLine]]:
    """Read outcomes, without holding the file in memory.

    Args:
        file: open for reading bytes; UTF-8.
        file_format: csv, with a header line, or ndjson, an object a line; further columns are
            passed over.
        delimiter: of CSV.
        columns: what the file calls `COLUMNS`, where it calls them otherwise.
    Yields:
        For each line the outcome, or all that is wrong with it.
    Raises:
        ValueError: there is no such format, or a column is not there.
    """
    if file_format not in FORMATS:
        raise ValueError(f"outcomes come as {' or '.join(FORMATS)}")
    names = dict(zip(COLUMNS, COLUMNS)) | dict(columns or {})
    if unknown := names.keys() - set(COLUMNS):
        raise ValueError(f"{', '.join(sorted(unknown))}: an outcome has {', '.join(COLUMNS)}")
    lines = enumerate(file)
    text = (line.decode("utf-8" if at else "utf-8-sig", "replace") for at, line in lines)
    rows: Iterator[tuple[int, _Row]]
    if file_format == "ndjson":
        rows = ((at, _object(line)) for at, line in enumerate(text, 1) if line.strip())
    else:
        rows = _rows(text, delimiter, names)
    for at, row in rows:
        yield _outcome(at, row, names) if isinstance(row, dict) else [BadLine(at, None, row)]


#: The members of a line, or what is wrong with it.
_Row = Union["dict[str, Any]", str]


def _object(line: str) -> _Row:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return "is no JSON"
    return found if isinstance(found, dict) else "is no JSON object"


def _rows(
    text: Iterable[str], delimiter: str, names: Mapping[str, str]
) -> Iterator[tuple[int, _Row]]:
    reader = csv.reader(text, delimiter=delimiter)
    header = next(reader, [])
    if missing := set(names.values()) - set(header):
        raise ValueError(
            f"the header line has no {', '.join(sorted(missing))}; name your columns by --column"
        )
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, f"is no CSV: {error}"
            continue
        if len(cells) == len(header):
            yield reader.line_num, dict(zip(header, cells))
        elif cells:
            yield reader.line_num, f"has {len(cells)} cells, the header line {len(header)}"


def _outcome(at: int, row: dict[str, Any], names: Mapping[str, str]) -> Outcome | list[BadLine]:
    score_id = row.get(names["id"])
    said = str(row.get(names["defaulted"])).strip().lower()
    observed_on = _day(row.get(names["observed_on"]))
    faults = []
    if not isinstance(score_id, str) or not _ID.fullmatch(score_id):
        faults.append(BadLine(at, names["id"], "is no score's id, sc_ and 44 digits of 0-9 a-f"))
    if said not in _SAID:
        faults.append(BadLine(at, names["defaulted"], "is none of 1, 0, true, false"))
    if observed_on is None:
        faults.append(BadLine(at, names["observed_on"], "is no day, such as 2026-01-31"))
    if faults or observed_on is None:
        return faults
    return Outcome(str(score_id), _SAID[said], observed_on, at)


def _day(value: object) -> date | None:
    if isinstance(value, str) and _DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    return None
