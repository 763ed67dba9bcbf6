"""Read a sorted set of ids by time page by page, the newest first."""

from typing import Any, cast

import redis

from protocol.scripts import answering


def newest(
    client: redis.Redis, key: str, limit: int, after: tuple[str, int] | None
) -> list[tuple[str, int]]:
    """Give one page.

    Args:
        client: of the Redis that has the set.
        key: a sorted set of ids by milliseconds.
        limit: entries at most.
        after: the last entry of the page before; None for the first page.
    Returns:
        Ids and their milliseconds.
    Raises:
        LedgerUnavailable: Redis did not answer.
    """
    latest: int | str = after[1] if after else "+inf"
    with answering():
        # Many may have the same millisecond: they come again and are passed over.
        same = int(client.zcount(key, latest, latest)) if after else 0
        rows = client.zrevrangebyscore(
            key, latest, "-inf", start=0, num=limit + same, withscores=True
        )
    page = [(one, int(at)) for one, at in cast("list[Any]", rows)]
    if after:
        page = [(one, at) for one, at in page if (at, one) < (after[1], after[0])]
    return page[:limit]
