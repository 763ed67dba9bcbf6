"""The names in an NDJSON file: the keys of its first objects."""

import json

from portfolio.opening import LONGEST_LINE, Opening, check_text
from portfolio.options import PortfolioError

#: Rows looked at: a key that is left out where it has no value is likely to be in one of them.
ROWS = 100


def keys(opening: Opening) -> tuple[str, ...]:
    r"""Collect the keys of the first `ROWS` objects, in the order they come.

    >>> keys(Opening(b'{"a": 1}\n\n{"b": 2, "a": 3}\n', 0))
    ('a', 'b')

    Raises:
        PortfolioError: not one of these rows is a JSON object.
    """
    lines = opening.data.splitlines(keepends=True)
    if len(lines) > 1 and len(opening.data) > LONGEST_LINE:
        lines.pop()  # cut short
    lines = lines[:ROWS]
    check_text(b"".join(lines), opening.skipped, 1)
    found = [read for line in lines if (read := _object(line)) is not None]
    if not found:
        raise PortfolioError("not-ndjson", _cause(opening.data))
    return tuple(dict.fromkeys(key for read in found for key in read))


def _object(line: bytes) -> dict[str, object] | None:
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _cause(data: bytes) -> str:
    remedy = 'write one object a line: {"income": 61500, ...}'
    if data.lstrip().startswith(b"["):
        return f"the file is a JSON array; {remedy}"
    return f"none of the first rows is a JSON object; {remedy}"
