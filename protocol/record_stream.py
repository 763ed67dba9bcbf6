"""The decision records that wait in Redis, and how far they are archived.

Called by `worker.campaigns.archiver`, `cli.records` and `api.metrics`; `lua/job.lua` and
`lua/override.lua` add to it.
"""

import secrets
from collections.abc import Iterable
from typing import NamedTuple, cast

import redis

from protocol import names
from protocol.presence import now_ms
from protocol.record import Head
from protocol.record_parts import Entry
from protocol.scripts import RECORDS, Scripts, answering
from protocol.settings import Settings

#: Entries in one reply at most.
PAGE = 1_000
#: How long an order to erase waits for its record to be archived, s (90 days).
ORDER_S = 7_776_000


class Waiting(NamedTuple):
    """What is not yet archived."""

    records: int
    #: how long the oldest has waited, seconds
    oldest_s: float


class RecordStream:
    """The stream. Every method raises `LedgerUnavailable` when Redis does not answer in time.

    Args:
        client: see `protocol.ledger.connect`.
        settings: become constants of the step.
    """

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._client = client
        self._run = Scripts(client, settings, RECORDS).run

    def waiting(self) -> Waiting:
        """Count what is not yet archived."""
        with answering():
            records = int(self._client.xlen(names.RECORDS))
            reply = self._client.xrange(names.RECORDS, count=1) if records else []
            first = cast("list[tuple[str, Entry]]", reply)
            oldest = int(first[0][0].partition("-")[0]) if first else 0
            age_ms = now_ms(self._client) - oldest if oldest else 0
        return Waiting(records, max(age_ms, 0) / 1_000)

    def lease(self) -> str | None:
        """Become the one archiver until `settle` or for `ARCHIVER_MS`; None while another is."""
        token = secrets.token_hex(16)
        return token if self._run("records_lease", token) else None

    def head(self) -> Head | None:
        """Name the last record that was archived; None when this Redis knows of none."""
        with answering():
            seq, link = self._client.hmget(names.ARCHIVE, "seq", "link")
        return Head(int(seq), str(link)) if seq and link else None

    def entries(self, limit: int) -> list[tuple[str, Entry]]:
        """Read the oldest entries, each with its id."""
        found: list[tuple[str, Entry]] = []
        start = "-"
        while len(found) < limit:
            with answering():
                reply = self._client.xrange(names.RECORDS, start, count=min(PAGE, limit))
            page = cast("list[tuple[str, Entry]]", reply)
            found += page
            if len(page) < PAGE:
                break
            start = _after(page[-1][0])
        return found[:limit]

    def settle(self, token: str, old: Head | None, new: Head, last: str) -> bool:
        """Move the head over records that are on the disk, and end the lease.

        Args:
            token: of the lease.
            old: the head that the archiver went on from.
            new: the last record on the disk.
            last: id of the last entry on the disk; "" when there was none.
        Returns:
            False when the lease was over or the head had moved: nothing was changed.
        """
        seq = old.seq if old else ""
        after = _after(last) if last else ""
        return bool(self._run("records_settle", token, seq, *new, last, after))

    def order_erasure(self, ids: Iterable[str]) -> None:
        """Have records archived without their personal part, also those still to come."""
        with answering(), self._client.pipeline(transaction=True) as pipe:
            pipe.sadd(names.RECORDS_ERASED, *ids)
            pipe.expire(names.RECORDS_ERASED, ORDER_S)
            pipe.execute()

    def erased(self) -> set[str]:
        """Name the ids whose records are to be archived without their personal part."""
        with answering():
            return cast("set[str]", self._client.smembers(names.RECORDS_ERASED))


def _after(entry: str) -> str:
    """Name the first id behind an entry's.

    >>> _after("1700000000000-9")
    '1700000000000-10'
    """
    milliseconds, _, number = entry.partition("-")
    return f"{milliseconds}-{int(number) + 1}"
