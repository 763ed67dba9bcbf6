"""Who is there: workers say that they live, each for a while, in a sorted set by its end."""

import json
from typing import cast

import redis

from protocol.scripts import answering


def live(client: redis.Redis, key: str) -> list[dict[str, str]]:
    """Name the workers whose time is not over.

    Args:
        client: of the Redis that has the set.
        key: a sorted set of JSON objects by milliseconds of Redis's clock.
    Raises:
        LedgerUnavailable: Redis did not answer.
    """
    with answering():
        found = cast("list[str]", client.zrangebyscore(key, now_ms(client), "+inf"))
    return [json.loads(worker) for worker in found]


def now_ms(client: redis.Redis) -> int:
    """Read Redis's clock, milliseconds."""
    seconds, microseconds = client.time()
    return seconds * 1_000 + microseconds // 1_000


def leave(client: redis.Redis, key: str, worker: str) -> None:
    """Take a worker that stops off the list at once.

    Raises:
        LedgerUnavailable: Redis did not answer.
    """
    with answering():
        client.zrem(key, worker)
