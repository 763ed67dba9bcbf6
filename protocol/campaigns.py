"""Campaigns: the Redis records of bulk rescoring, changed only by the Lua steps in `protocol/lua`.

Called by `api.campaigns` (create, read, list, turn, erase) and `worker.campaigns` (claim, renew,
settle, sweep). A campaign is worked off in steps: the plan, then each chunk, then the files. A step
is held under a lease and a token and settled once, so that a step delivered twice counts once.

No row of a portfolio comes here; those are in the campaign's folder.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import redis

from protocol import names, presence
from protocol.ledger import Accepted, Gone, Happened, Idempotency, Record, idempotency_key
from protocol.newest import newest
from protocol.scripts import CAMPAIGNS, Scripts, answering
from protocol.settings import Settings

#: Steps that are no chunk.
PLAN, FILES = "plan", "files"


class Held(NamedTuple):
    """A step that this process holds until its lease ends."""

    campaign: str
    #: `PLAN`, the number of a chunk, or `FILES`
    step: str
    #: nobody else has it
    token: str


class Counts(NamedTuple):
    """What became of the rows of one chunk."""

    scored: int
    invalid: int


class Listed(NamedTuple):
    """A campaign in a list."""

    id: str
    #: when it was created, milliseconds of Redis's clock
    created_ms: int


class Backlog(NamedTuple):
    """How much there is to do."""

    #: campaigns that are not final
    open: int
    #: steps that wait for a worker
    waiting: int
    #: steps that a worker holds
    running: int
    #: how long the oldest of them has waited, seconds
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found."""

    returned: int
    dead: int
    #: the caller must ring the doorbell
    ring: bool
    #: ids of campaigns whose records are gone and whose folders must go, see `Campaigns.forget`
    gone: tuple[str, ...]


class Campaigns:
    """Create, read, list, turn, erase, claim, renew, settle and sweep campaigns.

    Every method raises `LedgerUnavailable` when Redis does not answer in time.

    Args:
        client: see `protocol.ledger.connect`.
        settings: times and limits.
    """

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._client = client
        self._run = Scripts(client, settings, CAMPAIGNS).run

    def create(
        self,
        campaign: str,
        owner: str,
        fields: Mapping[str, str | int],
        idempotency: Idempotency | None = None,
    ) -> Accepted:
        """Write a campaign whose portfolio is stored, and let it wait; safe to repeat.

        Args:
            campaign: a fresh id, see `names.new_campaign_id`.
            owner: who may read it.
            fields: of the record, beyond those the ledger keeps itself.
            idempotency: None for a request that must not be recognised.
        """
        happened, created, ring = self._run(
            "campaign_create",
            idempotency_key(owner, idempotency) if idempotency else "",
            idempotency.fingerprint if idempotency else "",
            owner,
            campaign,
            *_flat(fields),
        )
        return Accepted(Happened(happened), created, bool(ring))

    def read(self, campaign: str) -> Record | Gone | None:
        """Read a record as it is now; None never was."""
        return self.read_all([campaign])[0]

    def read_all(self, campaigns: Sequence[str]) -> list[Record | Gone | None]:
        """Read records, in order.

        Returns:
            Each with `worked_ms` beside what the ledger keeps: how long its chunks were worked off,
            pauses left out.
        """
        with answering(), self._client.pipeline(transaction=True) as pipe:
            pipe.time()
            for campaign in campaigns:
                pipe.hgetall(names.CAMPAIGN + campaign)
                pipe.get(names.GONE + campaign)
            (seconds, microseconds), *found = pipe.execute()
        now_ms = seconds * 1_000 + microseconds // 1_000
        return [
            _worked(record, now_ms) if record else (Gone(owner) if owner else None)
            for record, owner in zip(found[::2], found[1::2], strict=True)
        ]

    def steps(self, campaign: str) -> dict[str, str]:
        """Read how each step stands: attempts so far, "done" or "dead"."""
        with answering():
            return cast("dict[str, str]", self._client.hgetall(names.CAMPAIGN_STEPS + campaign))

    def listed(self, owner: str, limit: int, after: Listed | None = None) -> list[Listed]:
        """Name an owner's campaigns, the newest first.

        Args:
            owner: whose.
            limit: how many at most.
            after: the last one of an earlier answer, to go on behind it.
        """
        page = newest(self._client, names.CAMPAIGNS_OF + owner, limit, after)
        return [Listed(campaign, created_ms) for campaign, created_ms in page]

    def turn(self, campaign: str, what: str) -> tuple[str, bool] | None:
        """Cancel, pause or resume.

        Args:
            campaign: its id.
            what: "cancel", "pause" or "resume".
        Returns:
            The state it is in now and whether to ring; None when there is none.
        """
        reply = self._run("campaign_turn", campaign, what)
        return (reply[0], bool(reply[1])) if reply else None

    def erase(self, campaign: str) -> None:
        """Forget a campaign, whatever its state; its folder goes with the next sweep."""
        self._run("campaign_erase", campaign)

    def claim(self, *, stay_awake: bool) -> Held | None:
        """Take the step that has waited longest, under a lease of `lease_s`; None: nothing waits.

        Args:
            stay_awake: the caller will soon claim again, so nobody need ring.
        """
        token = secrets.token_hex(16)
        reply = self._run("campaign_claim", token, int(stay_awake))
        return Held(reply[0], reply[1], token) if reply else None

    def renew(self, held: Held, found: Mapping[str, str | int] | None = None) -> bool:
        """Hold a step for another lease; False when it is not, or no longer wanted.

        Args:
            held: the step.
            found: fields to note in the record, only while it is held and wanted.
        """
        return bool(self._run("campaign_renew", *held, *_flat(found or {})))

    def settle_plan(self, held: Held, chunks: int, fields: Mapping[str, str | int]) -> bool:
        """End a plan: how many chunks there are, and what is pinned; returns whether to ring."""
        return self._settle(held, "", chunks, *_flat(fields))

    def settle_chunk(self, held: Held, counts: Counts) -> bool:
        """End a chunk, once; returns whether to ring."""
        return self._settle(held, "", *counts)

    def settle_files(self, held: Held) -> bool:
        """End a campaign whose files are written; returns whether to ring."""
        return self._settle(held, "")

    def fail(self, held: Held, problem: str) -> bool:
        """End a campaign that cannot go on; returns whether to ring.

        Args:
            held: the step at which that was seen.
            problem: JSON object with code and detail, shown to the owner.
        """
        return self._settle(held, problem)

    def sweep(self, worker: str) -> Swept:
        """Say that `worker` lives, take back expired leases, and learn whether to ring.

        Args:
            worker: JSON object naming the worker and its model, see `live_workers`.
        """
        returned, dead, ring, *gone = self._run("campaign_sweep", worker)
        return Swept(int(returned), int(dead), bool(ring), tuple(gone))

    def live_workers(self) -> list[dict[str, str]]:
        """Name the workers that swept within the last `WORKER_MS`, with the model each serves."""
        return presence.live(self._client, names.CAMPAIGN_WORKERS)

    def forget_worker(self, worker: str) -> None:
        """Take a worker that stops off the list at once."""
        presence.leave(self._client, names.CAMPAIGN_WORKERS, worker)

    def backlog(self) -> Backlog:
        """Count what is under way and what waits for a worker."""
        with answering(), self._client.pipeline(transaction=True) as pipe:
            pipe.time()
            pipe.scard(names.CAMPAIGNS_OPEN)
            pipe.zcard(names.CAMPAIGN_READY)
            pipe.zcard(names.CAMPAIGN_LEASES)
            pipe.zrange(names.CAMPAIGN_READY, 0, 0, withscores=True)
            (seconds, microseconds), is_open, waiting, running, oldest = pipe.execute()
        now_s = seconds + microseconds / 1_000_000
        oldest_s = max(0.0, now_s - oldest[0][1] / 1_000) if oldest else 0.0
        return Backlog(is_open, waiting, running, oldest_s)

    def known(self, campaigns: Sequence[str]) -> list[str]:
        """Give those that have a record."""
        with answering(), self._client.pipeline(transaction=False) as pipe:
            for campaign in campaigns:
                pipe.exists(names.CAMPAIGN + campaign)
            found = pipe.execute()
        return [campaign for campaign, known in zip(campaigns, found, strict=True) if known]

    def forget(self, campaign: str) -> None:
        """Name a campaign no more among those whose folders must go."""
        with answering():
            self._client.zrem(names.CAMPAIGNS, campaign)

    def _settle(self, held: Held, problem: str, *more: str | int) -> bool:
        _, ring = self._run("campaign_settle", *held, problem, *more)
        return bool(ring)


def _worked(record: Record, now_ms: int) -> Record:
    since_ms = int(record.get("running_ms", now_ms))
    worked_ms = int(record.get("active_ms", 0)) + now_ms - since_ms
    return record | {"worked_ms": str(worked_ms)}


def _flat(fields: Mapping[str, str | int]) -> list[str | int]:
    return [part for pair in fields.items() for part in pair]
