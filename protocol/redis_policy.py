"""Whether a Redis is fit to hold the ledger, and how much of it survives a crash.

Called by `api.__main__`, `worker.__main__`, `api.pressure` and `api.health`; any further process
that writes to the ledger calls `wait_until_fit` before it does. All is read from INFO: the users of
SECURITY.md may not CONFIG, nor may those of a managed Redis.
"""

import logging
import time
from typing import Any

import redis

from protocol.errors import LedgerUnavailable, UnfitRedis

#: Between two looks for a Redis that does not answer yet, s.
LOOK_AGAIN_S = 5.0


def check_policy(client: redis.Redis) -> None:
    """Make sure that this Redis refuses writes when it is full, and does not evict keys.

    Raises:
        UnfitRedis: it evicts.
        LedgerUnavailable: it does not answer.
    """
    fault = eviction(_info(client, "memory"))
    if fault:
        raise UnfitRedis(fault)


def eviction(memory: dict[str, Any]) -> str | None:
    """Say what is wrong with an eviction policy.

    Args:
        memory: INFO's section of that name.
    Returns:
        One line with setting, value and remedy; None when nothing is wrong.
    """
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy == "noeviction":
        return None
    return (
        f"Redis has maxmemory-policy {policy} and would delete accepted jobs when it is full;"
        " set maxmemory-policy noeviction (on ElastiCache, whose default is volatile-lru, in a"
        " parameter group of your own)"
    )


def durability(client: redis.Redis, stated: str | None) -> str:
    """Say what survives a crash of the server.

    Args:
        client: of that Redis.
        stated: LOANSCORE_REDIS_DURABILITY. INFO does not tell how often the file is synced, nor
            what a managed Redis does, so the operator's word is taken unless INFO contradicts it.
    Returns:
        `stated`; else `none`, `aof` (a file is kept, how often it is synced is not known) or
        `unknown` (INFO is refused or silent about it).
    Raises:
        LedgerUnavailable: Redis does not answer.
    """
    file_kept = _info(client, "persistence").get("aof_enabled")
    if file_kept == 0 and (stated or "").startswith("aof"):
        return "none"
    if stated or file_kept is None:
        return stated or "unknown"
    return "aof" if file_kept else "none"


def _info(client: redis.Redis, section: str) -> dict[str, Any]:
    try:
        return client.info(section)
    except redis.ResponseError:  # some managed Redis refuses it: then nothing is known
        return {}
    except redis.RedisError as error:
        raise LedgerUnavailable(f"Redis does not answer: {type(error).__name__}") from None


def wait_until_fit(client: redis.Redis, log: logging.Logger) -> None:
    """Wait for Redis, with a line in the log every `LOOK_AGAIN_S`, then check its policy.

    Raises:
        UnfitRedis: it evicts.
    """
    while True:
        try:
            return check_policy(client)
        except LedgerUnavailable as error:
            log.warning("waiting for Redis: %s", error)
        time.sleep(LOOK_AGAIN_S)
