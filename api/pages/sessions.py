"""The sessions of people who are signed in: in Redis, so that any API process knows them.

Called by `api.pages.guard` (find), `api.pages.sign_in` and `api.pages.provider_sign_in` (open,
close).
"""

import hashlib
import json
import secrets
import time
from typing import NamedTuple

import redis

from protocol import names
from protocol.people import People
from protocol.person import Person
from protocol.scripts import answering
from protocol.settings import Settings


class Session(NamedTuple):
    """A person who is signed in."""

    person: Person
    #: 256 random bits, of the cookie
    token: str
    #: what a form must bring along that changes anything
    csrf: str


class Sessions:
    """Open, find and close sessions; a session ends by itself, see the settings.

    Every method raises `LedgerUnavailable` when Redis does not answer in time.

    Args:
        client: of the Redis that holds them and the people.
        settings: how long one lasts.
    """

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._client = client
        self._people = People(client)
        self._idle_ms = settings.session_idle_s * 1_000
        self._longest_ms = settings.session_longest_s * 1_000
        #: whether people may sign in at all by a password, and by the provider
        self._allowed = {True: settings.local_accounts, False: settings.oidc_issuer is not None}

    def open(self, person: Person) -> Session:
        """Begin a session under a token that nobody has seen before."""
        session = Session(person, secrets.token_urlsafe(32), secrets.token_urlsafe(32))
        # The API's own clock will do: a session lasts for hours.
        kept = {
            "person": person.name,
            "stamp": person.stamp,
            "csrf": session.csrf,
            "opened_ms": _now_ms(),
        }
        life_ms = min(self._idle_ms, self._longest_ms)
        with answering():
            self._client.set(_key(session.token), json.dumps(kept), px=life_ms)
        return session

    def find(self, token: str) -> Session | None:
        """Find a session that has not ended, and let its idle time begin anew.

        Args:
            token: whatever the cookie holds.
        """
        key = _key(token)
        with answering():
            record = self._client.get(key)
        if not record:
            return None
        kept = json.loads(str(record))
        person = self._people.find(kept["person"])
        left_ms = kept["opened_ms"] + self._longest_ms - _now_ms()
        known = person is not None and person.stamp == kept["stamp"] and left_ms > 0
        if person is None or not known or not self._allowed[person.local]:
            self.close(token)
            return None
        with answering():
            self._client.pexpire(key, min(self._idle_ms, left_ms))
        return Session(person, token, kept["csrf"])

    def close(self, token: str) -> None:
        """End a session, if there is one."""
        with answering():
            self._client.delete(_key(token))


def _key(token: str) -> str:
    """Name the Redis key: it holds a digest, so that who reads Redis cannot sign in by it."""
    digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{names.SESSION}{digest}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
