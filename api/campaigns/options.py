"""What a caller says of a portfolio, in the query: how to read it, and what it wants back."""

import re
from collections.abc import Iterable
from typing import Any

from flask import request
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from api.problems import Problem
from api.submission import REFERENCE
from portfolio.options import Format, Options
from protocol.application import FIELDS

#: Media type -> format of a portfolio sent as it is.
FORMATS: dict[str, Format] = {
    "text/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/vnd.apache.parquet": "parquet",
}
#: End of a file's name -> format.
ENDINGS: dict[str, Format] = {
    ".csv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
}
#: Of the query, each at most once, beside `columns.<field>` and `pass_through`.
SINGLE = sorted({*Options.model_fields} - {"columns", "pass_through"})
_FIELDS = {field.name for field in FIELDS}
_TRUTHS = {"true": True, "false": False}


def read(known: Format | None, asked: MultiDict[str, str] | None = None) -> Options:
    """Read the options of the current request.

    Args:
        known: the format the body itself tells; a `format` in the query must be the same.
        asked: the options; None is the query.
    Raises:
        Problem: invalid-query, with every fault in its detail.
    """
    given = _given(request.args if asked is None else asked)
    if known is not None and given.setdefault("format", known) != known:
        raise Problem("invalid-query", f"format: the body is {known}; leave format out.")
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        raise _invalid(_told(fault) for fault in error.errors(include_input=False)) from None


def read_named(filename: str, asked: MultiDict[str, str] | None = None) -> Options:
    """Read the options; unless they tell the format, the end of the file's name does.

    Args:
        filename: as it was sent.
        asked: the options; None is the query.
    Raises:
        Problem: invalid-query.
    """
    told = "format" in (request.args if asked is None else asked)
    return read(None if told else of_file(filename), asked)


def of_records() -> Options:
    """Read the options of a campaign over decision records: the format of its results, no more.

    Raises:
        Problem: invalid-query.
    """
    if beside := sorted({*request.args} - {"name", "output"}):
        raise _invalid([f"{_shown(one)}: it is not for decision records" for one in beside])
    return read("parquet").model_copy(update={"reference": "reference"})


def name(asked: MultiDict[str, str] | None = None) -> str | None:
    """Read the caller's own name for the campaign.

    Args:
        asked: the options; None is the query.
    Raises:
        Problem: invalid-query.
    """
    given = (request.args if asked is None else asked).get("name")
    if given is not None and not re.fullmatch(REFERENCE, given):
        raise Problem("invalid-query", "name: takes 64 of A-Z a-z 0-9 . _ : / -, no more.")
    return given


def of_file(filename: str) -> Format | None:
    """Tell a format from the end of a file's name.

    >>> of_file("book-2026.CSV.gz"), of_file("book.xlsx")
    ('csv', None)
    """
    plain = filename.lower().removesuffix(".gz")
    return next((kind for ending, kind in ENDINGS.items() if plain.endswith(ending)), None)


def _given(asked: MultiDict[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    faults = []
    for key, values in asked.lists():
        parameter, _, field = key.partition(".")
        if key == "pass_through":
            given[key] = values
        elif len(values) > 1:
            faults.append(f"{_shown(key)}: give it once")
        elif parameter == "columns" and field in _FIELDS:
            given.setdefault("columns", {})[field] = values[0]
        elif key in SINGLE:
            given[key] = values[0]
        elif key != "name":
            faults.append(f"{_shown(key)}: there is no such parameter")
    if "raw_values" in given:
        # As JSON spells it, and no other way.
        given["raw_values"] = _TRUTHS.get(given["raw_values"])
    if faults:
        raise _invalid(faults)
    return given


def _shown(key: str) -> str:
    """Name a parameter if it is one of ours: what else was sent is not repeated."""
    return key if key in SINGLE or key == "name" else "a parameter"


def _told(fault: Any) -> str:
    place = ".".join(str(step) for step in fault["loc"] if step != "pass_through")
    text = str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {text}" if place else text


def _invalid(faults: Iterable[str]) -> Problem:
    return Problem("invalid-query", "; ".join(faults) + ".")
