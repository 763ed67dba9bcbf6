"""How a portfolio is to be read and what is wanted back, as the service takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, TypedDict
from urllib.parse import urlencode

#: Content-Type of each format.
CONTENT_TYPES = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
_ENDINGS = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet"}


class Options(TypedDict, total=False):
    """What can be said about a portfolio; the service's own defaults hold where nothing is."""

    #: csv, ndjson or parquet; where it is not said, the file's name tells
    format: str
    #: csv: "," ";" "|" or a tab; not said: as the header line has it
    delimiter: str
    #: csv: "." or ","
    decimal: str
    #: field of the application -> its name in the file, where that is another
    columns: Mapping[str, str]
    #: the column with the caller's key of a row
    reference: str
    #: columns that come back as they are
    pass_through: Sequence[str]
    #: format of the results: csv, ndjson or parquet
    output: str
    #: whether the list of faults shows the refused values
    raw_values: bool
    #: the caller's own label
    name: str
    #: the column with the pd, or the grade, that each row had before
    previous_pd: str
    previous_grade: str
    #: id of another campaign, whose results are compared with these
    compare_with: str


def checked(options: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is None or names nothing.

    Raises:
        TypeError: there is no such option.
    """
    if unknown := sorted(set(options) - set(Options.__annotations__)):
        raise TypeError(f"{unknown[0]} is no option of a campaign")
    return {name: value for name, value in options.items() if value not in (None, (), [], {})}


def format_of(name: str) -> str:
    """Tell a portfolio's format by its file name.

    >>> format_of("book/2026-Q1.CSV.gz")
    'csv'

    Raises:
        ValueError: the name does not tell.
    """
    path = PurePath(name.lower())
    path = path.with_suffix("") if path.suffix == ".gz" else path
    if path.suffix not in _ENDINGS:
        raise ValueError("the file's name does not tell its format: say csv, ndjson or parquet")
    return _ENDINGS[path.suffix]


def query(options: Mapping[str, Any]) -> str:
    """Write options as a query string.

    >>> query({"delimiter": ";", "columns": {"income": "salary"}, "raw_values": True})
    'delimiter=%3B&columns.income=salary&raw_values=true'
    """
    return urlencode([pair for name, value in options.items() for pair in _pairs(name, value)])


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, bool):
        return [(name, "true" if value else "false")]
    if isinstance(value, str):
        return [(name, value)]
    if isinstance(value, Mapping):
        return [(f"{name}.{part}", column) for part, column in value.items()]
    return [(name, part) for part in value]
