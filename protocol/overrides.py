"""Overrides: a person decides otherwise than the score, by the steps `lua/override_*.lua`.

Called by `api.overriding`, `api.scores` and `api.metrics`. The score's own answer never changes;
each event is a record of the stream in the same step, see docs/records.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, cast

import redis

from protocol import names
from protocol.ledger import Gone, Idempotency, Record, idempotency_key
from protocol.newest import newest
from protocol.scripts import OVERRIDES, Scripts, answering
from protocol.settings import Settings


class State(StrEnum):
    """Where an override is; `lua/override*.lua` writes these words."""

    #: a second person must approve
    WAITING = "awaiting-approval"
    #: its decision holds
    IN_FORCE = "in-force"
    #: the second person did not approve
    REJECTED = "rejected"
    #: a later override is in force in its place
    SUPERSEDED = "superseded"


class Verdict(StrEnum):
    """What a second person says."""

    APPROVED = "approved"
    REJECTED = "rejected"


class Happened(StrEnum):
    """What a step did."""

    REQUESTED = "requested"
    #: the same request was made before
    REPLAYED = "replayed"
    #: the idempotency key came with another request before
    REUSED = "reused"
    #: no such score with a decision, or no such override
    GONE = "gone"
    #: another override waits
    WAITING = "waiting"
    #: the decision is in force already
    SAME = "same"
    #: the score has `OVERRIDE_LIMIT` overrides
    MANY = "many"
    SETTLED = "settled"
    #: it does not wait
    CLOSED = "closed"
    #: who asked for it cannot be the second person
    SAME_PERSON = "same-person"


@dataclass(frozen=True, slots=True)
class Override:
    """What a person decides, and why."""

    #: a fresh id, see `names.new_override_id`
    id: str
    score_id: str
    #: approve or decline
    decision: str
    #: code of the reason
    code: str
    #: JSON object: the reason as it is shown
    reason: str
    note: str
    #: JSON object: the policy by which it is checked
    policy: str
    #: exposure above which a second person must approve
    second_person_above: float


class Requested(NamedTuple):
    """The outcome of a request."""

    happened: Happened
    #: the override that stands for it; with WAITING, the one that waits
    id: str


class Count(NamedTuple):
    """How often one kind of event has happened, ever."""

    state: str
    #: low-side, high-side, from-review or restored
    direction: str
    #: code of the reason
    reason: str
    events: int


class Overrides:
    """Request, settle and read overrides.

    Every method raises `LedgerUnavailable` when Redis does not answer in time.

    Args:
        client: see `protocol.ledger.connect`.
        settings: how long scores and overrides are kept.
    """

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._client = client
        self._run = Scripts(client, settings, OVERRIDES).run

    def request(
        self,
        override: Override,
        owner: str,
        actor: str,
        idempotency: Idempotency | None = None,
    ) -> Requested:
        """Override a decision, or have that wait for a second person; safe to repeat.

        Args:
            override: of a score that succeeded and is still held.
            owner: of the score.
            actor: who decides: the id of the API key, or `protocol.person.Person.actor`.
            idempotency: None for a request that must not be recognised.
        """
        happened, override_id = self._run(
            "override_request",
            idempotency_key(owner, idempotency) if idempotency else "",
            idempotency.fingerprint if idempotency else "",
            override.id,
            override.score_id,
            owner,
            actor,
            override.decision,
            override.code,
            override.reason,
            override.note,
            override.policy,
            override.second_person_above,
        )
        return Requested(Happened(happened), override_id)

    def settle(
        self, override_id: str, owner: str, verdict: Verdict, actor: str, note: str
    ) -> Happened:
        """Say a second person's word on an override that waits; safe to repeat.

        Returns:
            settled, gone, closed or same-person.
        """
        return Happened(self._run("override_settle", override_id, owner, verdict, actor, note))

    def read(self, ids: Sequence[str]) -> list[Record | Gone | None]:
        """Read overrides as they are now; None never was."""
        if not ids:
            return []
        with answering(), self._client.pipeline(transaction=True) as pipe:
            for override_id in ids:
                pipe.hgetall(names.OVERRIDE + override_id)
                pipe.get(names.GONE + override_id)
            replies = pipe.execute()
        return [
            record | {"id": override_id} if record else (Gone(owner) if owner else None)
            for override_id, record, owner in zip(ids, replies[::2], replies[1::2], strict=True)
        ]

    def latest(self, score: Record) -> Record | None:
        """Read the override of a score that waits, else the one in force; None without either.

        Args:
            score: as `Ledger.read` gives it.
        """
        override_id = score.get("override_waiting") or score.get("override")
        found = self.read([override_id])[0] if override_id else None
        return found if isinstance(found, dict) else None

    def of(self, score_id: str) -> list[Record]:
        """Read all overrides of a score, the oldest first."""
        with answering():
            ids = cast("list[str]", self._client.zrange(names.OVERRIDES_OF + score_id, 0, -1))
        return [record for record in self.read(ids) if isinstance(record, dict)]

    def waiting(
        self, owner: str, limit: int, after: tuple[str, int] | None
    ) -> list[tuple[str, int]]:
        """Name an owner's overrides that wait for a second person, the newest first.

        Args:
            owner: of the scores.
            limit: how many at most.
            after: the last entry of the page before; None for the first page.
        Returns:
            Ids and the milliseconds they were asked for at; also of one whose time was just up.
        """
        return newest(self._client, names.OVERRIDES_WAITING + owner, limit, after)

    def counts(self) -> list[Count]:
        """Count the events there ever were, by kind."""
        with answering():
            counters = cast("dict[str, str]", self._client.hgetall(names.OVERRIDE_COUNTS))
        kinds = [(kind.split(" "), int(events)) for kind, events in sorted(counters.items())]
        return [Count(state, side, code, events) for (state, side, code), events in kinds]
