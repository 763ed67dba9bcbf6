"""The ledger: the Redis records of jobs, changed only by the Lua steps in `protocol/lua`.

Called by `api` (accept, ask, read, cancel, erase, redrive), `worker.tasks` (claim, complete) and
`worker.sweeper` (sweep).

A job record carries `v`: to change its fields, raise it in accept.lua and keep reading the previous
number until every record written under it has outlived its TTL.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from protocol import names, presence
from protocol.application import Application, written
from protocol.newest import newest
from protocol.scripts import SHOWN, Runner, Scripts, answering
from protocol.settings import Settings
from protocol.states import FINAL, State

Record = dict[str, str]


@dataclass(frozen=True, slots=True)
class Job:
    """One application to be scored."""

    #: a fresh id, see `names.new_score_id`
    id: str
    application: Application
    #: the caller's own, kept and given back as they are; "" for none
    reference: str = ""
    #: JSON object
    metadata: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What makes several jobs one batch."""

    #: a fresh id, see `names.new_batch_id`
    id: str
    #: JSON array in input order: the job's id, or an object for an item that was invalid
    items: str


@dataclass(frozen=True, slots=True)
class Idempotency:
    """What makes a repeated request the same request."""

    #: path and Idempotency-Key
    scope: str
    #: SHA-256 of the body
    fingerprint: str


class Happened(StrEnum):
    """What an accept or a question did; `lua/accept.lua` and `lua/ask.lua` write these words."""

    #: the records are written
    ACCEPTED = "accepted"
    #: the same request was accepted before
    REPLAYED = "replayed"
    #: the key was used for another body before
    REUSED = "reused"
    #: nothing was written: too much is waiting, or for too long
    OVERLOADED = "overloaded"
    #: a question waits for its answer
    ASKED = "asked"
    #: nothing was asked: the score is not there, or did not succeed
    GONE = "gone"


class Accepted(NamedTuple):
    """The outcome of an accept."""

    happened: Happened
    #: the score or batch that stands for this request
    id: str
    #: the caller must ring the doorbell
    ring: bool


class Claim(NamedTuple):
    """One job a worker holds until its lease ends."""

    id: str
    #: fencing token: only the attempt that holds the job may complete it
    attempt: int
    #: as `protocol.application.written` wrote it
    application: str
    #: what is asked of the application; "": its score
    kind: str = ""
    #: of a replay: JSON object, see `protocol.under`
    asked: str = ""
    #: of a replay: the answer that is judged, as `complete` wrote it
    recorded: str = ""


class Completion(NamedTuple):
    """The outcome of one claim."""

    claim: Claim
    #: succeeded or failed
    state: State
    #: JSON object shown to the caller
    answer: str
    #: JSON object for the decision record, see `worker.evidence`; "" for none
    evidence: str = ""


class Gone(NamedTuple):
    """A job or batch that was here: erased, or its time was up."""

    owner: str


class DeadLetter(NamedTuple):
    """A job that was given up."""

    id: str
    #: when, milliseconds of Redis's clock
    dead_ms: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found."""

    returned: int
    dead: int
    #: the caller must ring the doorbell
    ring: bool


@dataclass(frozen=True, slots=True)
class Books:
    """Counts of all jobs ever accepted; they balance at any instant."""

    accepted: int
    queued: int
    running: int
    #: final state -> jobs
    final: dict[str, int]
    #: how long the oldest queued job has waited, seconds
    oldest_s: float
    #: given up and not yet re-driven, erased or forgotten
    dead_letters: int

    @property
    def drift(self) -> int:
        """Jobs that were accepted and are nowhere: always 0."""
        return self.accepted - self.queued - self.running - sum(self.final.values())


def connect(url: str) -> redis.Redis:
    """Connect to Redis with timeouts that fit a request.

    The bare constructor waits up to 58.8 s for a frozen server; this gives up within about 1.5 s.
    Nothing is sent before the first command. Retrying once is safe: every script may be repeated.
    """
    over_tcp = {} if url.startswith("unix://") else {"socket_keepalive": True}
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=0.6,
        socket_connect_timeout=0.5,
        health_check_interval=10,
        retry=Retry(NoBackoff(), 1),
        **over_tcp,
    )


class Ledger:
    """Accept, claim, complete, sweep, read, cancel, erase and re-drive jobs.

    Every method raises `LedgerUnavailable` when Redis does not answer in time.

    Args:
        client: see `connect`.
        settings: times and limits.
        run: runs a step; None runs each by itself. The API shares round trips between requests.
    """

    def __init__(self, client: redis.Redis, settings: Settings, run: Runner | None = None) -> None:
        self._client = client
        self._settings = settings
        self._run = run or Scripts(client, settings).run

    def accept(  # noqa: PLR0913 - what a request says, each of it optional but two
        self,
        jobs: Sequence[Job],
        owner: str,
        *,
        batch: Batch | None = None,
        idempotency: Idempotency | None = None,
        deadline_s: int | None = None,
        actor: str = "",
    ) -> Accepted:
        """Write a job, or a batch of them, and let them wait for a worker; safe to repeat.

        Args:
            jobs: exactly one, unless there is a batch.
            owner: who may read them.
            batch: makes them one batch.
            idempotency: None for a request that must not be recognised.
            deadline_s: seconds until the jobs are given up; None is `queued_ttl_s`.
            actor: who asks, for the decision record: the id of the API key.
        """
        rows: list[str] = []
        for job in jobs:
            rows += [job.id, written(job.application), job.reference, job.metadata]
        happened, accepted_id, ring = self._run(
            "accept",
            idempotency_key(owner, idempotency) if idempotency else "",
            idempotency.fingerprint if idempotency else "",
            owner,
            deadline_s or self._settings.queued_ttl_s,
            batch.id if batch else "",
            batch.items if batch else "",
            len(jobs),
            actor,
            *rows,
        )
        return Accepted(Happened(happened), accepted_id, bool(ring))

    def ask(
        self, question_id: str, kind: str, score_id: str, owner: str, asked: str = ""
    ) -> tuple[Happened, bool]:
        """Let a question about a score that succeeded wait for a worker; safe to repeat.

        It is read and erased like a job, tells no webhook and becomes no dead letter.

        Args:
            question_id: a fresh id, see `names.new_question_id`.
            kind: what is asked, see `names.WHAT_IF`.
            score_id: whose application it is about.
            owner: who may read both.
            asked: more about it, a JSON object; the worker then sees the score's answer too.
        Returns:
            asked, gone or overloaded, and whether the caller must ring.
        """
        happened, ring = self._run("ask", question_id, kind, score_id, owner, asked)
        return Happened(happened), bool(ring)

    def claim(self, *, stay_awake: bool) -> list[Claim]:
        """Take up to `claim_size` waiting jobs, oldest first, under a lease of `lease_s`.

        Args:
            stay_awake: the caller will soon claim again, so accepts need not ring; False when it
                ends after an empty claim, and from then on they ring.
        """
        flat = self._run("claim", int(stay_awake))
        return [Claim(*flat[i : i + 6]) for i in range(0, len(flat), 6)]

    def complete(self, completions: list[Completion]) -> int:
        """Write the answers; how many were taken, the others having lost their lease."""
        flat: list[Any] = []
        for claim, state, answer, evidence in completions:
            flat += [claim.id, claim.attempt, state, answer, evidence]
        return int(self._run("complete", *flat))

    def sweep(self, worker: str, dead_answer: str) -> Swept:
        """Say that `worker` lives, take back expired leases, and learn whether to ring.

        Args:
            worker: JSON object naming the worker and its model, see `live_workers`.
            dead_answer: JSON object shown for a job that is given up.
        """
        returned, dead, ring = self._run("sweep", worker, dead_answer)
        return Swept(int(returned), int(dead), bool(ring))

    def read(self, ids: Sequence[str]) -> list[Record | Gone | None]:
        """Read records as they are now, without the applicant's fields; None never was."""
        replies = self._run("read", *ids) if ids else []
        return [_record(reply) for reply in replies]

    def read_batch(self, batch_id: str) -> Record | Gone | None:
        """Read the record of a batch, without its items' own; None never was."""
        with answering(), self._client.pipeline(transaction=True) as pipe:
            pipe.hgetall(names.BATCH + batch_id)
            pipe.get(names.GONE + batch_id)
            record, owner = pipe.execute()
        return record or (Gone(owner) if owner else None)

    def cancel(self, ids: Sequence[str]) -> int:
        """Cancel what is still open; how many that were."""
        return int(self._run("cancel", *ids))

    def erase(self, ids: Sequence[str], batch_id: str = "") -> None:
        """Erase the records of jobs, and of their batch; a tombstone of each stays."""
        self._run("erase", batch_id, *ids)

    def dead_letters(self, limit: int, after: DeadLetter | None = None) -> list[DeadLetter]:
        """Name dead letters, the newest first.

        Args:
            limit: how many at most.
            after: the last one of an earlier answer, to go on behind it.
        """
        page = newest(self._client, names.DEAD, limit, after)
        return [DeadLetter(job_id, dead_ms) for job_id, dead_ms in page]

    def redrive(self, dead_id: str, job_id: str, actor: str = "") -> tuple[str, bool] | None:
        """Score a dead letter again as a new job, once.

        Args:
            dead_id: of the dead letter.
            job_id: a fresh id for the new job.
            actor: who asks, for the decision record.
        Returns:
            The new job's id and whether to ring; None when `dead_id` is no dead letter.
        """
        reply = self._run("redrive", dead_id, job_id, actor)
        return (reply[0], bool(reply[1])) if reply else None

    def live_workers(self) -> list[dict[str, str]]:
        """Name the workers that swept within the last `WORKER_MS`, with the model each serves."""
        return presence.live(self._client, names.WORKERS)

    def forget_worker(self, worker: str) -> None:
        """Take a worker that stops off the list at once."""
        presence.leave(self._client, names.WORKERS, worker)

    def books(self) -> Books:
        """Count all jobs in one transaction."""
        with answering(), self._client.pipeline(transaction=True) as pipe:
            pipe.hgetall(names.BOOKS)
            pipe.zcard(names.READY)
            pipe.zcard(names.LEASES)
            pipe.zrange(names.READY, 0, 0, withscores=True)
            pipe.zcard(names.DEAD)
            counters, queued, running, oldest, dead_letters = pipe.execute()
            age_ms = presence.now_ms(self._client) - oldest[0][1] if oldest else 0
        final = {state.value: int(counters.get(state, 0)) for state in sorted(FINAL)}
        accepted = int(counters.get("accepted", 0))
        return Books(accepted, queued, running, final, age_ms / 1_000, dead_letters)


def _record(reply: list[str | None]) -> Record | Gone | None:
    if len(reply) == 1:
        return Gone(str(reply[0]))
    pairs = zip(SHOWN, reply, strict=True) if reply else ()
    return {field: value for field, value in pairs if value is not None} or None


def idempotency_key(owner: str, idempotency: Idempotency) -> str:
    """Name the Redis key of the first request under an Idempotency-Key."""
    return f"{names.IDEMPOTENCY}{owner}:{hashlib.sha256(idempotency.scope.encode()).hexdigest()}"
