"""Lists page by page: how many at once, and where the last answer ended."""

import re
from collections.abc import Sequence

from flask import request

from api.problems import Problem

#: Entries in one answer, unless asked otherwise, and at most.
USUAL, MOST = 100, 1_000
#: As an answer gives it: when the last one shown was made, ms, and its id.
CURSOR = re.compile(r"([0-9]{1,15})-((?:sc|ca|ov)_[0-9a-f]{44})")


def limit() -> int:
    """Read how many are wanted.

    Raises:
        Problem: invalid-query.
    """
    text = request.args.get("limit", str(USUAL))
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MOST:
        raise Problem("invalid-query", f"limit takes a whole number from 1 to {MOST}.")
    return int(text)


def after() -> tuple[str, int] | None:
    """Read where to go on: the id of the last one shown and its ms; None is from the start.

    Raises:
        Problem: invalid-query.
    """
    text = request.args.get("cursor")
    if text is None:
        return None
    parts = CURSOR.fullmatch(text)
    if parts is None:
        raise Problem("invalid-query", "cursor takes what an earlier answer gave as next.")
    return parts[2], int(parts[1])


def cursor(page: Sequence[tuple[str, int]], wanted: int) -> str | None:
    """Write where the next answer begins; None when there is nothing more.

    Args:
        page: ids and their ms.
        wanted: how many were asked for.
    """
    if len(page) < wanted:
        return None
    last, at_ms = page[-1]
    return f"{at_ms}-{last}"
