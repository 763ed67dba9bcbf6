"""The ledger: the Redis records of jobs, changed only by the Lua scripts beside this file.

Called by `api.scores` (accept, get), `worker.tasks` (claim, complete) and `worker.sweeper` (sweep).
Each script is one atomic step on one clock, Redis's own. The ids a script pops are not known before
it runs, so it builds their keys from a prefix: allowed because every key shares one hash tag.

A job record carries `v`: to change its fields, raise it in accept.lua and keep reading the previous
number until every record written under it has outlived its TTL.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from protocol import names
from protocol.application import Application
from protocol.errors import LedgerUnavailable
from protocol.settings import Settings
from protocol.states import FINAL, State

#: A doorbell that nobody answered within this time is taken for lost and rung again, ms.
BELL_MS = 2_000
#: A worker that has not swept for this long is presumed gone, ms.
WORKER_MS = 5_000
#: Jobs one sweep returns at most, so that the script stays short.
SWEEP_LIMIT = 1_000

Record = dict[str, str]


class Claim(NamedTuple):
    """One job a worker holds until its lease ends."""

    id: str
    #: fencing token: only the attempt that holds the job may complete it
    attempt: int
    #: the six fields as a JSON array, as `accept` wrote them
    application: str


class Completion(NamedTuple):
    """The outcome of one claim."""

    claim: Claim
    #: succeeded or failed
    state: State
    #: JSON object shown to the caller
    answer: str


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


@contextmanager
def _answering() -> Iterator[None]:
    """Turn every way Redis can fail into one error without the command's arguments in it."""
    try:
        yield
    except redis.RedisError as error:
        raise LedgerUnavailable(
            f"Redis did not do what was asked: {type(error).__name__}"
        ) from None


class Ledger:
    """Accept, claim, complete, sweep and read jobs.

    Every method raises `LedgerUnavailable` when Redis does not answer in time.
    """

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._accept, self._claim, self._complete, self._sweep = (
            client.register_script(files("protocol").joinpath(f"lua/{name}.lua").read_text())
            for name in ("accept", "claim", "complete", "sweep")
        )

    def accept(self, job_id: str, application: Application, **fields: str) -> bool:
        """Write the job and put it in the ready list; safe to repeat.

        Args:
            job_id: a fresh id, see `names.new_score_id`.
            application: validated.
            fields: further text to keep with the job: owner, reference, metadata.
        Returns:
            Whether the caller must ring the doorbell.
        """
        record = {"application": json.dumps(application), **fields}
        with _answering():
            ring = self._accept(
                keys=[names.JOB + job_id, names.READY, names.BELL, names.BOOKS],
                args=[
                    job_id,
                    self._settings.queued_ttl_s * 1_000,
                    BELL_MS,
                    self._settings.claim_size,
                    *(part for pair in record.items() for part in pair),
                ],
            )
        return bool(ring)

    def claim(self, *, stay_awake: bool) -> list[Claim]:
        """Take up to `claim_size` waiting jobs, oldest first, under a lease of `lease_s`.

        Args:
            stay_awake: the caller will soon claim again, so accepts need not ring; False when it
                ends after an empty claim, and from then on they ring.
        """
        with _answering():
            flat = self._claim(
                keys=[names.READY, names.LEASES, names.BELL, names.BOOKS],
                args=[
                    self._settings.claim_size,
                    int(self._settings.lease_s * 1_000),
                    names.JOB,
                    BELL_MS if stay_awake else 0,
                ],
            )
        return [Claim(*flat[i : i + 3]) for i in range(0, len(flat), 3)]

    def complete(self, completions: list[Completion]) -> int:
        """Write the answers; how many were taken, the others having lost their lease."""
        flat: list[Any] = []
        for (job_id, attempt, _), state, answer in completions:
            flat += [job_id, attempt, state, answer]
        with _answering():
            taken = self._complete(
                keys=[names.LEASES, names.BOOKS],
                args=[names.JOB, self._settings.result_ttl_s * 1_000, *flat],
            )
        return int(taken)

    def sweep(self, worker: str, dead_answer: str) -> Swept:
        """Say that `worker` lives, take back expired leases, and learn whether to ring.

        Args:
            worker: JSON object naming the worker and its model, see `live_workers`.
            dead_answer: JSON object shown for a job that is given up.
        """
        with _answering():
            returned, dead, ring = self._sweep(
                keys=[
                    names.READY,
                    names.LEASES,
                    names.BELL,
                    names.BOOKS,
                    names.DEAD,
                    names.WORKERS,
                ],
                args=[
                    names.JOB,
                    self._settings.max_attempts,
                    self._settings.result_ttl_s * 1_000,
                    BELL_MS,
                    worker,
                    WORKER_MS,
                    dead_answer,
                    SWEEP_LIMIT,
                ],
            )
        return Swept(int(returned), int(dead), bool(ring))

    def get(self, job_id: str) -> Record | None:
        """Read one record, None when there is none."""
        with _answering():
            record = cast("Record", self._client.hgetall(names.JOB + job_id))
        return record or None

    def live_workers(self) -> list[dict[str, str]]:
        """Name the workers that swept within the last `WORKER_MS`, with the model each serves."""
        with _answering():
            seconds, micros = self._client.time()
            now = seconds * 1_000 + micros // 1_000
            live = cast("list[str]", self._client.zrangebyscore(names.WORKERS, now, "+inf"))
        return [json.loads(worker) for worker in live]

    def forget_worker(self, worker: str) -> None:
        """Take a worker that stops off the list at once."""
        with _answering():
            self._client.zrem(names.WORKERS, worker)

    def books(self) -> Books:
        """Count all jobs in one transaction."""
        with _answering(), self._client.pipeline(transaction=True) as pipe:
            pipe.hgetall(names.BOOKS)
            pipe.llen(names.READY)
            pipe.zcard(names.LEASES)
            counters, queued, running = pipe.execute()
        final = {state.value: int(counters.get(state, 0)) for state in sorted(FINAL)}
        return Books(int(counters.get("accepted", 0)), queued, running, final)
