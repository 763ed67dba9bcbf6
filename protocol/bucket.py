"""The token bucket of each client, in Redis, so that all API processes share it.

Called by `api.keys`.
"""

from importlib.resources import files

import redis

from protocol import names
from protocol.key import Limit
from protocol.scripts import answering


class Bucket:
    """Takes tokens; `LedgerUnavailable` when Redis does not answer in time."""

    def __init__(self, client: redis.Redis) -> None:
        self._take = client.register_script(files("protocol").joinpath("lua/take.lua").read_text())

    def take(self, client: str, limit: Limit, tokens: int = 1) -> int | None:
        """Take tokens from a client's bucket, all or none.

        Args:
            client: whose bucket.
            limit: of the key in use; two keys of one client share the bucket.
            tokens: 1 or more.
        Returns:
            Milliseconds until a second try can succeed, 0 when they were taken; None when
            they are more than the bucket ever holds.
        """
        with answering():
            wait = int(self._take(keys=[names.RATE + client], args=[*limit, tokens]))
        return None if wait < 0 else wait
