"""The storm: steady load and one fault after the other, then peace, then the verdict."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from chaos.checker import Verdict, check, recovery_s
from chaos.faults import Fault
from chaos.load import Load
from chaos.offline import Oracle
from chaos.rig import Rig

#: Between a fault that has healed and the next, s.
CALM_S = (1.0, 2.5)


class Plan(NamedTuple):
    """What a storm is made of."""

    faults: Mapping[str, Fault]
    seconds: float
    #: submissions a second
    rate: float
    #: of what is asked, and of what is broken when
    seed: int


@dataclass(frozen=True, slots=True)
class Injected:
    """One fault that was injected."""

    name: str
    #: of the monotonic clock, s
    began: float
    healed: float
    #: seconds until a job submitted afterwards was answered; None when none was
    recovered_s: float | None = None


@dataclass(frozen=True, slots=True)
class Storm:
    """A storm that is over."""

    seconds: float
    batches: bool
    verdict: Verdict
    faults: Sequence[Injected]
    #: times a job was given to a worker beyond the first, as the ledger counts
    repeats: int

    @property
    def longest_s(self) -> float | None:
        """The slowest recovery; None when one never came."""
        times = [one.recovered_s for one in self.faults]
        return None if None in times else max((one for one in times if one is not None), default=0)


def storm(rig: Rig, oracle: Oracle, plan: Plan) -> Storm:
    """Let the storm rage over a running rig."""
    dice = Random(plan.seed)
    caller = rig.caller()
    batches = caller.takes_batches()
    load = Load(caller, plan.rate, Random(plan.seed + 1), batches=batches)
    load.start()
    try:
        injected = _rage(rig, plan.faults, plan.seconds, dice)
        load.settle()
    finally:
        load.stop()
    calls = load.journal.calls
    verdict = check(calls, oracle.expected(load.journal.submissions))
    seen = [
        Injected(one.name, one.began, one.healed, recovery_s(calls, one.healed)) for one in injected
    ]
    ids = {call.id for call in calls if call.final and call.id and call.id.startswith("sc_")}
    repeats = sum(max(0, rig.attempts(one) - 1) for one in ids)
    return Storm(plan.seconds, batches, verdict, seen, repeats)


def _rage(rig: Rig, faults: Mapping[str, Fault], seconds: float, dice: Random) -> list[Injected]:
    """Inject all faults in a new order again and again until the time is up, all at least once."""
    injected: list[Injected] = []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends or len(injected) < len(faults):
        for name in dice.sample(sorted(faults), len(faults)):
            if time.monotonic() > ends and len(injected) >= len(faults):
                break
            time.sleep(dice.uniform(*CALM_S))
            began = time.monotonic()
            faults[name](rig, dice)
            injected.append(Injected(name, began, time.monotonic()))
    # Load goes on for a while, so that the last recovery can be seen.
    time.sleep(5)
    return injected
