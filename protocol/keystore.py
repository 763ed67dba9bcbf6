"""The API keys in Redis: one hash of JSON records by id.

Called by `cli.keys` and `local.key` (create, revoke) and `api.keyring` (all).
"""

import logging
import math
from collections.abc import Iterable
from importlib.resources import files
from typing import NamedTuple, cast

import redis
from pydantic import ValidationError

from protocol import names
from protocol.errors import KeyRefused
from protocol.key import SCOPES, Key, Limit, digest, key_id, new_secret
from protocol.scripts import answering

#: Live keys of the same scopes a client may have: the one in use, and the one it changes over to.
LIVE_KEYS = 2
#: Longest life that can be asked for, days (ten years); for ever is asked for by asking nothing.
LONGEST_DAYS = 3_650
_DAY_MS = 86_400_000

log = logging.getLogger("loanscore.protocol")


class NewKey(NamedTuple):
    """A key just made."""

    #: the key itself: shown once, kept nowhere
    secret: str
    key: Key


class KeyStore:
    """Make, list and revoke keys.

    Every method raises `LedgerUnavailable` when Redis does not answer in time.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        script = files("protocol").joinpath("lua/create_key.lua").read_text()
        self._create = client.register_script(script)

    def create(
        self,
        client: str,
        scopes: Iterable[str],
        *,
        expires_days: float | None = None,
        limit: Limit | None = None,
    ) -> NewKey:
        """Make a key and keep all but the key itself.

        Args:
            client: the owner of the jobs it will make, a short slug such as acme-los.
            scopes: of `SCOPES`, at least one.
            expires_days: days from now, at most `LONGEST_DAYS`; None is never.
            limit: None is none.
        Raises:
            KeyRefused: a value is out of range, or the client has `LIVE_KEYS` live keys of
                these scopes already.
        """
        if expires_days is not None and not 0 < expires_days <= LONGEST_DAYS:
            raise KeyRefused(f"a key expires in more than 0 and at most {LONGEST_DAYS} days")
        secret = new_secret()
        key = _describe(secret, client, scopes, limit)
        ttl_ms = "" if expires_days is None else math.ceil(expires_days * _DAY_MS)
        record = key.model_dump_json(exclude_none=True)
        with answering():
            written = self._create(
                keys=[names.KEYS], args=[key.id, record, client, LIVE_KEYS, ttl_ms]
            )
        if not written:
            raise KeyRefused(
                f"{client} has {LIVE_KEYS} live keys of these scopes, enough to change from one to"
                " the other; revoke one first"
            )
        return NewKey(secret, Key.model_validate_json(cast("str", written)))

    def revoke(self, revoked_id: str) -> bool:
        """Forget a key at once; False when there is none of this id."""
        with answering():
            return bool(self._client.hdel(names.KEYS, revoked_id))

    def all(self) -> dict[str, Key]:
        """Read every key, expired ones too, oldest first.

        A record that cannot be read is no key: it is left out, and its id is logged.
        """
        with answering():
            records = cast("dict[str, str]", self._client.hgetall(names.KEYS))
        read = ((name, _read(name, record)) for name, record in records.items())
        keys = [(name, key) for name, key in read if key is not None]
        return dict(sorted(keys, key=lambda pair: (pair[1].created_ms, pair[0])))


def _describe(secret: str, client: str, scopes: Iterable[str], limit: Limit | None) -> Key:
    asked = set(scopes)
    if not asked <= set(SCOPES):
        unknown = ", ".join(sorted(asked - set(SCOPES)))
        raise KeyRefused(f"no scope is called {unknown}; there are {', '.join(SCOPES)}")
    try:
        return Key(
            id=cast("str", key_id(secret)),
            digest=digest(secret),
            client=client,
            scopes=tuple(scope for scope in SCOPES if scope in asked),
            last4=secret[-4:],
            rate_per_s=limit and limit.rate_per_s,
            burst=limit and limit.burst,
        )
    except ValidationError as error:
        raise KeyRefused(
            "; ".join(
                f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
            )
        ) from None


def _read(name: str, record: str) -> Key | None:
    try:
        key = Key.model_validate_json(record)
    except ValidationError as error:
        log.error("the record of API key %r cannot be read: %d faults", name, error.error_count())  # noqa: TRY400 - a traceback would quote the record
        return None
    return key
