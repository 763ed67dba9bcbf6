"""The Redis that a command talks to."""

import os

import redis

from protocol.ledger import connect
from protocol.settings import Settings


def open_redis() -> redis.Redis:
    """Connect to LOANSCORE_REDIS_URL, else to the Redis of a `make run`, else where the API looks.

    Nothing is sent before the first command.

    Raises:
        SettingsError: a setting cannot be used.
    """
    return connect(redis_url(Settings.read(os.environ)))


def redis_url(settings: Settings) -> str:
    """Name the Redis."""
    if settings.redis_url is None and settings.redis_socket.exists():
        return f"unix://{settings.redis_socket.resolve()}"
    return settings.redis
