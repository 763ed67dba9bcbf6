"""Who may call, what for, how often, and whose a job is."""

import hmac
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import redis
from flask import g, request

from api.keyring import Keyring
from api.problems import Problem
from protocol.bucket import Bucket
from protocol.key import Key, digest, key_id
from protocol.keystore import KeyStore

#: What the digest of an unknown key is compared with, so that it takes as long as a known one's.
_NO_DIGEST = "0" * 64

P = ParamSpec("P")
R = TypeVar("R")


class Keys:
    """The keys this API takes.

    Args:
        client: the Redis that holds the keys and the token buckets.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._keyring = Keyring(KeyStore(client))
        self._bucket = Bucket(client)

    def requires(self, scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Let a view be called only with a key of this scope; it finds the client in `g.owner`.

        The view carries the scope as its attribute `scope`, for whoever lists the routes.
        """

        def declare(view: Callable[P, R]) -> Callable[P, R]:
            @wraps(view)
            def authorized(*args: P.args, **kwargs: P.kwargs) -> R:
                g.owner = self.authorize(scope)
                return view(*args, **kwargs)

            authorized.scope = scope  # type: ignore[attr-defined]
            return authorized

        return declare

    def authorize(self, scope: str) -> str:
        """Check the current request's `Authorization: Bearer`, take a token, name the client.

        The key's record is then in `g.key`.

        Args:
            scope: that the key must have, of `protocol.key.SCOPES`.
        Raises:
            Problem: unauthorized, forbidden or rate-limited.
            LedgerUnavailable: the keys were never read, or the token could not be taken.
        """
        key = self._authenticate()
        if scope not in key.scopes:
            raise Problem("forbidden", f"This key may not do this: it needs the scope {scope}.")
        g.key = key
        self._take(key, 1)
        return key.client

    def charge(self, more: int) -> None:
        """Take further tokens for the current request, which asks more than one thing.

        Args:
            more: beyond the one that `authorize` took; 0 takes none.
        Raises:
            Problem: rate-limited.
            LedgerUnavailable: the tokens could not be taken.
        """
        if more > 0:
            self._take(g.key, more)

    def close(self) -> None:
        """Stop reading the keys."""
        self._keyring.close()

    def _authenticate(self) -> Key:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        secret = given.strip()
        key = self._keyring.find(key_id(secret))
        known = hmac.compare_digest(digest(secret), key.digest if key else _NO_DIGEST)
        # The API's own clock will do: keys expire by the day.
        if scheme.lower() != "bearer" or not key or not known or not key.live(time.time() * 1_000):
            raise Problem("unauthorized", "Send Authorization: Bearer and your API key.")
        return key

    def _take(self, key: Key, tokens: int) -> None:
        if key.limit is None:
            return
        wait_ms = self._bucket.take(key.client, key.limit, tokens)
        if wait_ms is None:
            raise Problem(
                "rate-limited",
                f"This needs {tokens} tokens at once and your limit is {key.limit.burst}:"
                " send fewer in one request.",
                retry_after_s=_seconds(key.limit.burst / key.limit.rate_per_s * 1_000),
            )
        if wait_ms:
            raise Problem(
                "rate-limited",
                f"Your limit is {key.limit.rate_per_s:g} a second, {key.limit.burst} at once.",
                retry_after_s=_seconds(wait_ms),
            )


def _seconds(milliseconds: float) -> int:
    """Round up to whole seconds, as Retry-After wants them.

    >>> _seconds(1_001)
    2
    """
    return -int(-milliseconds // 1_000)
