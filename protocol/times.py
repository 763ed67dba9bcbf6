"""Times as callers read them."""

from datetime import UTC, datetime


def rfc3339(milliseconds: str | int) -> str:
    """Spell a time of the ledger, milliseconds since 1970, as RFC 3339 in UTC.

    >>> rfc3339("1750000000123")
    '2025-06-15T15:06:40.123Z'
    """
    moment = datetime.fromtimestamp(int(milliseconds) / 1_000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
