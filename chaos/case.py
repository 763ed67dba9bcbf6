"""A case of the fault matrix, and what came of running it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from random import Random
from typing import NamedTuple

import httpx
import redis

from chaos.checker import Verdict, check
from chaos.journal import Journal
from chaos.load import Load
from chaos.offline import Oracle
from chaos.rig import Rig
from protocol.errors import LoanscoreError

#: Submissions a second while a case runs.
RATE = 20
#: Each load has keys of its own: a key of an earlier one would only be told an old answer.
_SEEDS = count(1)


class BrokenError(LoanscoreError):
    """A case saw what must not be; the text says what."""


class SkippedError(LoanscoreError):
    """A case cannot be run on this machine; the text says why."""


class Where(NamedTuple):
    """What all rigs of a run share."""

    #: to work in
    folder: Path
    #: the model
    artefact: Path
    oracle: Oracle
    #: whether cases may take their time and break things more often
    thorough: bool = False


class Lab(NamedTuple):
    """What a case works with."""

    rig: Rig
    oracle: Oracle
    thorough: bool = False


class Case(NamedTuple):
    """One row of the matrix that is run here."""

    #: F01 to F36, B01 to B12
    number: str
    #: how it is injected, for the table
    how: str
    #: returns what happened, with its counts; raises `BrokenError`
    run: Callable[[Lab], str]
    #: left out of the short run
    long: bool = False


@dataclass(frozen=True)
class Family:
    """Cases that share one running loanscore."""

    cases: Sequence[Case]
    #: settings of the rig, without prefix
    variables: Mapping[str, object] = field(default_factory=dict)
    workers: int = 2
    #: whether everybody reaches Redis through the rig's proxy
    proxied: bool = False

    def only(self, wanted: Callable[[Case], bool]) -> "Family":
        """Keep some of the cases."""
        return replace(self, cases=[case for case in self.cases if wanted(case)])


class Outcome(NamedTuple):
    """What came of a case."""

    number: str
    how: str
    #: None: it could not be run on this machine
    held: bool | None
    seen: str

    def __str__(self) -> str:
        word = {True: "held", False: "BROKEN", None: "not run"}[self.held]
        return f"{word}: {self.seen}"


def play(family: Family, where: Where, deadline: float) -> Iterator[Outcome]:
    """Run the cases of a family in turn; after a broken one the next gets a new rig.

    Args:
        family: the cases.
        where: to run them.
        deadline: none is begun after it, monotonic, s.
    """
    waiting = list(family.cases)
    while waiting and time.monotonic() < deadline:
        folder = where.folder / waiting[0].number
        rig = Rig(folder, where.artefact, proxied=family.proxied, **family.variables)
        with rig.running(family.workers):
            held: bool | None = True
            while waiting and held is not False and time.monotonic() < deadline:
                outcome = _run(waiting.pop(0), Lab(rig, where.oracle, where.thorough))
                held = outcome.held
                yield outcome


def _run(case: Case, lab: Lab) -> Outcome:
    try:
        return Outcome(case.number, case.how, held=True, seen=case.run(lab))
    except SkippedError as reason:
        return Outcome(case.number, case.how, held=None, seen=str(reason))
    except (LoanscoreError, redis.RedisError, httpx.HTTPError, OSError) as error:
        return Outcome(case.number, case.how, held=False, seen=f"{type(error).__name__}: {error}")


def demand(holds: bool, otherwise: str) -> None:
    """Break the case unless something holds.

    Raises:
        BrokenError: it does not; the text is `otherwise`.
    """
    if not holds:
        raise BrokenError(otherwise)


def under_load(lab: Lab, fault: Callable[[], None], rate: float = RATE) -> Verdict:
    """Inject a fault under steady load and judge the journal.

    Raises:
        BrokenError: an invariant does not hold.
    """
    return journal_under_load(lab, fault, rate)[0]


def journal_under_load(
    lab: Lab, fault: Callable[[], None], rate: float = RATE
) -> tuple[Verdict, Journal]:
    """Do as `under_load`, and give the journal too."""
    load = Load(lab.rig.caller(), rate, Random(next(_SEEDS)))
    load.start()
    try:
        fault()
        load.settle()
    finally:
        load.stop()
    verdict = check(load.journal.calls, lab.oracle.expected(load.journal.submissions))
    demand(not verdict.violations, f"{verdict.violations}")
    return verdict, load.journal


def told(verdict: Verdict) -> str:
    """Put a verdict without violations into words."""
    return f"{verdict.accepted} accepted, {verdict.answered} answered, 0 lost, changed or wrong"
