"""Rows as a table for people."""

from collections.abc import Sequence
from typing import Any


def table(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    """Put rows under their columns' names.

    >>> print(table(["id", "scopes", "limit"], [{"id": "1", "scopes": ["a", "b"], "limit": None}]))
    id  scopes  limit
    1   a,b     -
    """
    lines = [tuple(columns), *(tuple(_cell(row[name]) for name in columns) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={part:g}" for name, part in value.items())
    if isinstance(value, list):
        return ",".join(value)
    return "-" if value in {None, ""} else str(value)
