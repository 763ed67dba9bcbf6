"""Outcomes: whether the loan of a score defaulted, as its owner observed it.

Called by `api.outcomes`. An outcome is a record of the stream, in the chain of scores and overrides
(docs/records.md); `monitoring` matches it with its score in the archive.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import redis

from protocol.scripts import OUTCOMES, Scripts
from protocol.settings import Settings


class Outcome(NamedTuple):
    """What became of one loan."""

    score_id: str
    defaulted: bool
    #: the day on which this was so
    observed_on: date


class Fault(StrEnum):
    """Why an outcome cannot be recorded; `lua/outcomes.lua` writes these words."""

    #: the score is another owner's
    NOT_FOUND = "not-found"
    #: the score has no decision
    NOT_SCORED = "not-scored"


class Recorded(NamedTuple):
    """What came of some outcomes."""

    #: records that were made
    accepted: int
    #: outcomes that were on record already
    repeated: int
    #: place in what was given -> what is wrong; with one of them nothing was recorded
    faults: dict[int, Fault]


class Outcomes:
    """Records outcomes.

    Args:
        client: see `protocol.ledger.connect`.
        settings: how long the same outcome is recognised: as long as an idempotency key.
    """

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._run = Scripts(client, settings, OUTCOMES).run

    def record(self, outcomes: Iterable[Outcome], owner: str, actor: str) -> Recorded:
        """Record all of them or none; safe to repeat.

        Args:
            outcomes: of scores that this owner asked for; of one score there may be several.
            owner: of the scores.
            actor: who says so: an opaque word, the id of the API key.
        Raises:
            LedgerUnavailable: Redis did not answer; they may be recorded or not.
        """
        said = [
            word
            for one in outcomes
            for word in (one.score_id, int(one.defaulted), one.observed_on.isoformat())
        ]
        accepted, repeated, *faults = self._run("outcomes", owner, actor, *said)
        pairs = zip(faults[::2], faults[1::2], strict=True)
        return Recorded(accepted, repeated, {int(at): Fault(what) for at, what in pairs})
