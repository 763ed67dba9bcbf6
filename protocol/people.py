"""The people in Redis: one hash of JSON records by name.

Called by `cli.people` and `local.person` (all but find) and `api.pages` (find, set_hash, admit).
"""

import logging
from typing import cast

import redis
from pydantic import ValidationError

from protocol import names
from protocol.errors import PersonRefused
from protocol.person import BY_PROVIDER, VOUCHED, Person, Role, new_stamp
from protocol.presence import now_ms
from protocol.scripts import answering

log = logging.getLogger("loanscore.protocol")


class People:
    """Make, find and revoke people.

    Every method raises `LedgerUnavailable` when Redis does not answer in time.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def create(self, name: str, client: str, role: Role, hashed: str) -> Person:
        """Make a person.

        Args:
            name: to sign in with.
            client: whose scores and campaigns the person sees and makes.
            role: what the person may do.
            hashed: the password's hash, see `protocol.person.HASHING`.
        Raises:
            PersonRefused: a value cannot be used, or the name is taken.
        """
        if BY_PROVIDER.fullmatch(name):
            raise PersonRefused("name: the provider's people are no local accounts")
        try:
            given = Person(name=name, client=client, role=role, hash=hashed)
        except ValidationError as error:
            raise PersonRefused(
                "; ".join(
                    f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
                    for fault in error.errors()
                )
            ) from None
        with answering():
            person = given.model_copy(update={"created_ms": now_ms(self._client)})
            if not self._client.hsetnx(names.PEOPLE, name, person.model_dump_json()):
                raise PersonRefused(f"there is a person called {name} already")
        return person

    def admit(self, name: str, client: str, role: Role, shown: str) -> Person:
        """Note a person who signed in by the organisation's provider, as its word now is.

        Another role or client than before ends the sessions there are.

        Args:
            name: see `protocol.person.BY_PROVIDER`.
            client: whose scores and campaigns the person sees and makes.
            role: what the person may do.
            shown: as the person is called.
        """
        before = self.find(name)
        with answering():
            now = now_ms(self._client)
        person = Person(
            name=name, client=client, role=role, hash=VOUCHED, shown=shown, created_ms=now
        )
        if before is not None and (before.client, before.role) == (client, role):
            kept = {"stamp": before.stamp, "created_ms": before.created_ms}
            person = person.model_copy(update=kept)
        with answering():
            self._client.hset(names.PEOPLE, name, person.model_dump_json())
        return person

    def set_hash(self, person: Person, hashed: str, *, stay: bool = False) -> None:
        """Give a person another password, or another hash of the same one.

        Args:
            person: as found.
            hashed: of the password.
            stay: whether sessions go on; a new password ends them.
        """
        changed = {"hash": hashed} if stay else {"hash": hashed, "stamp": new_stamp()}
        record = person.model_copy(update=changed).model_dump_json()
        with answering():
            if self._client.hexists(names.PEOPLE, person.name):
                self._client.hset(names.PEOPLE, person.name, record)

    def revoke(self, name: str) -> bool:
        """Forget a person at once, with all sessions; False when there is none of this name."""
        with answering():
            return bool(self._client.hdel(names.PEOPLE, name))

    def find(self, name: str) -> Person | None:
        """Read one person."""
        with answering():
            record = cast("str | None", self._client.hget(names.PEOPLE, name))
        return _read(name, record) if record else None

    def all(self) -> list[Person]:
        """Read every person, by name; a record that cannot be read is left out and logged."""
        with answering():
            records = cast("dict[str, str]", self._client.hgetall(names.PEOPLE))
        read = (_read(name, record) for name, record in sorted(records.items()))
        return [person for person in read if person is not None]


def _read(name: str, record: str) -> Person | None:
    try:
        person = Person.model_validate_json(record)
    except ValidationError as error:
        log.error("the record of person %r cannot be read: %d faults", name, error.error_count())  # noqa: TRY400 - a traceback would quote the record
        return None
    return person
