"""Run the Lua steps of `protocol/lua`: each is one atomic change on one clock, Redis's own.

Called by `protocol.ledger`, `overrides`, `outcomes`, `campaigns`, `monitoring` and `record_stream`.
The steps of jobs share `lua/job.lua`, those of overrides and campaigns `lua/override.lua` or
`campaign.lua` too; the names and settings they need are put before them as constants, so a step's
text says which settings it was made for. Every key shares one hash tag, and a step builds the keys
of jobs from their ids, which are not known before it runs.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any, NamedTuple, Protocol, cast

import redis
from redis.exceptions import NoScriptError

from protocol import names
from protocol.application import EXPOSURE, FIELDS
from protocol.errors import LedgerUnavailable
from protocol.settings import Settings

#: A doorbell that nobody answered within this time is taken for lost and rung again, ms.
BELL_MS = 2_000
#: A question about a score is given up after this, ms: by then nobody waits for it.
QUESTION_DEADLINE_MS = 30_000
#: What is left of a question is forgotten this long after it was asked, ms.
QUESTION_MS = 120_000
#: A worker that has not swept for this long is presumed gone, ms.
WORKER_MS = 5_000
#: How long an archiver may take for one batch of records before another tries, ms.
ARCHIVER_MS = 60_000
#: How long a report of monitoring may take for one file of the archive before another tries, ms.
MONITOR_MS = 60_000
#: Jobs one sweep returns at most, so that the script stays short.
SWEEP_LIMIT = 1_000
#: Overrides of one score at most.
OVERRIDE_LIMIT = 100
#: Events that wait for a postman at most: where none runs, they must not fill Redis.
OUTBOX_LIMIT = 100_000
#: What `lua/read.lua` gives of a record, in this order.
SHOWN = (
    "owner",
    "state",
    "reference",
    "metadata",
    "answer",
    "created_ms",
    "finished_ms",
    "attempt",
    "redriven_as",
    "override",
    "override_waiting",
    "decided",
)
#: Where the exposure stands in an application without names, counted from 1 as Lua does.
EXPOSURE_AT = 1 + EXPOSURE
#: What a caller sees of a job whose deadline passed.
EXPIRED_ANSWER = (
    '{"error": {"code": "deadline-passed", "detail": "The deadline passed before it was scored."}}'
)

#: What a caller sees of a campaign some of whose chunks were given up.
CHUNKS_DEAD = (
    '{"code": "chunks-given-up", "detail": "Some chunks were tried too often; their rows are in'
    ' unprocessed. Resume tries them again."}'
)
#: What a caller sees of a campaign whose plan or files were given up.
STEP_DEAD = (
    '{"code": "attempts-exhausted", "detail": "It was tried too often. Resume tries it again."}'
)


class Lane(NamedTuple):
    """The steps of one kind of work."""

    #: files of `lua/` that stand before each of them, in order
    shared: tuple[str, ...]
    steps: tuple[str, ...]


JOBS = Lane(
    ("job",), ("accept", "ask", "cancel", "claim", "complete", "erase", "read", "redrive", "sweep")
)
CAMPAIGNS = Lane(
    ("job", "campaign"),
    tuple(
        f"campaign_{step}"
        for step in ("create", "claim", "erase", "renew", "settle", "sweep", "turn")
    ),
)
OVERRIDES = Lane(("job", "override"), ("override_request", "override_settle"))
OUTCOMES = Lane(("job",), ("outcomes",))
RECORDS = Lane((), ("records_lease", "records_settle"))
MONITORING = Lane(("job",), ("monitoring_lease", "monitoring_settle"))

#: A step and its arguments.
Call = tuple[str, Sequence[str | int | float]]


class Runner(Protocol):
    """Runs one step and gives Redis's reply."""

    def __call__(self, step: str, *arguments: str | int | float) -> Any:
        """Raise `LedgerUnavailable` when Redis does not do it."""


class Scripts:
    """The steps, ready to run on one connection pool.

    Args:
        client: see `protocol.ledger.connect`.
        settings: become constants of the scripts.
        lane: which steps.
    """

    def __init__(self, client: redis.Redis, settings: Settings, lane: Lane = JOBS) -> None:
        self._client = client
        before = _constants(settings) + "".join(map(_text, lane.shared))
        self._texts = {step: before + _text(step) for step in lane.steps}
        # SHA-1 is Redis's name for a script, not a defence.
        self._names = {
            step: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
            for step, text in self._texts.items()
        }

    def run(self, step: str, *arguments: str | int | float) -> Any:
        """Run one step.

        Raises:
            LedgerUnavailable: Redis did not do it, or did and could not say so.
        """
        with answering():
            try:
                return self._client.evalsha(*self._named(step, arguments))
            except NoScriptError:
                self._load()
                return self._client.evalsha(*self._named(step, arguments))

    def run_all(self, calls: Sequence[Call]) -> list[Any]:
        """Run several steps in one round trip; one that fails does not touch the others.

        Returns:
            For each call, in order, the reply or a `LedgerUnavailable`.
        Raises:
            LedgerUnavailable: the round trip itself failed; any of them may have been done.
        """
        with answering():
            replies = self._pipeline(calls)
            if any(isinstance(reply, NoScriptError) for reply in replies):
                self._load()
                replies = self._pipeline(calls)
        return [
            _unavailable(reply) if isinstance(reply, redis.RedisError) else reply
            for reply in replies
        ]

    def _pipeline(self, calls: Sequence[Call]) -> list[Any]:
        with self._client.pipeline(transaction=False) as pipe:
            for step, arguments in calls:
                pipe.evalsha(*self._named(step, arguments))
            return pipe.execute(raise_on_error=False)

    def _named(self, step: str, arguments: Sequence[str | int | float]) -> tuple[Any, ...]:
        # One key is named so that a cluster finds the shard; all the others are on it too.
        return (self._names[step], 1, names.READY, *arguments)

    def _load(self) -> None:
        for text in self._texts.values():
            self._client.script_load(text)


@contextmanager
def answering() -> Iterator[None]:
    """Turn every way Redis can fail into one error without the command's arguments in it."""
    try:
        yield
    except redis.RedisError as error:
        raise _unavailable(error) from None


def _unavailable(error: redis.RedisError) -> LedgerUnavailable:
    return LedgerUnavailable(f"Redis did not do what was asked: {type(error).__name__}")


def _text(step: str) -> str:
    return files("protocol").joinpath(f"lua/{step}.lua").read_text(encoding="utf-8")


def _constants(settings: Settings) -> str:
    """Write the names and settings as one line of Lua.

    >>> _constants(Settings()).partition(" = ")[0]
    'local JOB'
    """
    constants: dict[str, object] = {
        "JOB": names.JOB,
        "BATCH": names.BATCH,
        "READY": names.READY,
        "LEASES": names.LEASES,
        "BELL": names.BELL,
        "DEAD": names.DEAD,
        "BOOKS": names.BOOKS,
        "RECORDS": names.RECORDS,
        "ARCHIVE": names.ARCHIVE,
        "ARCHIVER": names.ARCHIVER,
        "ARCHIVER_MS": ARCHIVER_MS,
        "OVERRIDE": names.OVERRIDE,
        "OVERRIDES_OF": names.OVERRIDES_OF,
        "OVERRIDES_WAITING": names.OVERRIDES_WAITING,
        "OVERRIDE_COUNTS": names.OVERRIDE_COUNTS,
        "OVERRIDE_LIMIT": OVERRIDE_LIMIT,
        "OUTCOME": names.OUTCOME,
        "MONITORING": names.MONITORING,
        "MONITOR": names.MONITOR,
        "MONITOR_MS": MONITOR_MS,
        "MONITORING_EVENT": names.MONITORING_EVENT,
        "OVERRIDE_MS": max(settings.override_ttl_s, settings.result_ttl_s) * 1_000,
        "EXPOSURE_AT": EXPOSURE_AT,
        "EXPOSURE": FIELDS[EXPOSURE].name,
        "WORKERS": names.WORKERS,
        "GONE": names.GONE,
        "FINISHED": names.FINISHED,
        "WEBHOOKS_OF": names.WEBHOOKS_OF,
        "WEBHOOK": names.WEBHOOK,
        "OUTBOX": names.OUTBOX,
        "OUTBOX_LIMIT": OUTBOX_LIMIT,
        "OUTBOX_MS": settings.webhook_give_up_s * 1_000,
        "EXPIRED_ANSWER": EXPIRED_ANSWER,
        "CAMPAIGN": names.CAMPAIGN,
        "CAMPAIGN_STEPS": names.CAMPAIGN_STEPS,
        "CAMPAIGN_HELD": names.CAMPAIGN_HELD,
        "CAMPAIGNS_OF": names.CAMPAIGNS_OF,
        "CAMPAIGNS": names.CAMPAIGNS,
        "CAMPAIGNS_OPEN": names.CAMPAIGNS_OPEN,
        "CAMPAIGN_READY": names.CAMPAIGN_READY,
        "CAMPAIGN_LEASES": names.CAMPAIGN_LEASES,
        "CAMPAIGN_BELL": names.CAMPAIGN_BELL,
        "CAMPAIGN_WORKERS": names.CAMPAIGN_WORKERS,
        "CHUNKS_DEAD": CHUNKS_DEAD,
        "STEP_DEAD": STEP_DEAD,
        "CAMPAIGN_LIMIT": settings.campaign_limit,
        "CAMPAIGN_MS": settings.campaign_ttl_s * 1_000,
        "BELL_MS": BELL_MS,
        "QUESTION_DEADLINE_MS": QUESTION_DEADLINE_MS,
        "QUESTION_MS": QUESTION_MS,
        "WORKER_MS": WORKER_MS,
        "SWEEP_LIMIT": SWEEP_LIMIT,
        "CLAIM_SIZE": settings.claim_size,
        "MAX_ATTEMPTS": settings.max_attempts,
        "LEASE_MS": int(settings.lease_s * 1_000),
        "QUEUE_LIMIT": settings.queue_limit,
        "QUEUE_AGE_MS": settings.queue_age_limit_s * 1_000,
        "QUEUED_MS": settings.queued_ttl_s * 1_000,
        "RESULT_MS": settings.result_ttl_s * 1_000,
        "DEAD_MS": settings.dead_ttl_s * 1_000,
        "TOMBSTONE_MS": settings.tombstone_ttl_s * 1_000,
        "IDEMPOTENCY_MS": settings.idempotency_ttl_s * 1_000,
    }
    lines = [f"local {name} = {_lua(value)} " for name, value in constants.items()]
    shown = ", ".join(_lua(field) for field in SHOWN)
    return "".join([*lines, f"local SHOWN = {{{shown}}}\n"])


def _lua(value: object) -> str:
    return f"[==[{value}]==]" if isinstance(value, str) else str(cast("int", value))
