"""Applications that were refused, counted by day and field: what no decision record tells.

Counted by `api.refused`, read by `worker.campaigns.monitor` and `cli.monitor`. Nothing of an
applicant is in it.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, cast

import redis

from protocol import names
from protocol.scripts import answering

#: How long the counts of a day are kept, s (400 days).
KEPT_S = 34_560_000
#: What can be wrong with a field.
MISSING, INVALID = "missing", "invalid"
_ALL = "applications"


class Counts(NamedTuple):
    """What was refused in some days."""

    #: each time one was sent
    applications: int
    #: field -> applications without it
    missing: dict[str, int]
    #: field -> applications in which it had a value that is not taken
    invalid: dict[str, int]


class Refused:
    """The counts.

    Args:
        client: see `protocol.ledger.connect`.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def note(self, applications: int, faults: Iterable[tuple[str, str]]) -> None:
        """Count applications that were refused today.

        Args:
            applications: how many.
            faults: of each of them once: `MISSING` or `INVALID`, and the field.
        Raises:
            LedgerUnavailable: Redis did not answer.
        """
        key = names.REFUSED + datetime.now(UTC).date().isoformat()
        with answering(), self._client.pipeline(transaction=False) as pipe:
            pipe.hincrby(key, _ALL, applications)
            for (what, field), number in Counter(faults).items():
                pipe.hincrby(key, f"{what} {field}", number)
            pipe.pexpire(key, KEPT_S * 1_000)
            pipe.execute()

    def between(self, first: date, last: date) -> Counts:
        """Add up the days from one to another, both included, UTC.

        Raises:
            LedgerUnavailable: Redis did not answer.
        """
        oldest = last - timedelta(seconds=KEPT_S)
        days = [max(first, oldest)]
        while days[-1] < last:
            days.append(days[-1] + timedelta(days=1))
        with answering(), self._client.pipeline(transaction=False) as pipe:
            for day in days:
                pipe.hgetall(names.REFUSED + day.isoformat())
            found = cast("list[dict[str, str]]", pipe.execute())
        total: Counter[str] = Counter()
        for counts in found:
            total.update({name: int(number) for name, number in counts.items()})
        applications = total.pop(_ALL, 0)
        missing, invalid = (
            {
                name.removeprefix(f"{what} "): number
                for name, number in sorted(total.items())
                if name.startswith(f"{what} ")
            }
            for what in (MISSING, INVALID)
        )
        return Counts(applications, missing, invalid)
