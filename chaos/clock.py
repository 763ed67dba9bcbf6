"""Cases about clocks that are wrong, and that jump: F20 and F21."""

import time
from pathlib import Path

from chaos.case import Case, Family, Lab, told, under_load
from chaos.rig import Rig

SKEWS_S = (120, -120, 86_400)
#: A clock that jumps is this far ahead, then this far behind, each for so long, so often, s.
STEP_S, EVERY_S, STEPS = 3_600, 2, 6


def wrong(lab: Lab) -> str:
    """F20."""

    def fault() -> None:
        for skew_s in SKEWS_S:
            _replace_one(lab.rig, CHAOS_SKEW_S=str(skew_s))
            time.sleep(3)

    verdict = under_load(lab, fault)
    return f"{', '.join(f'{skew:+,} s' for skew in SKEWS_S)} beside a right one: {told(verdict)}"


def jumping(lab: Lab) -> str:
    """F21."""

    def fault() -> None:
        _replace_one(lab.rig, CHAOS_SKEW_S=str(STEP_S), CHAOS_STEP_EVERY_S=str(EVERY_S))
        time.sleep(STEPS * EVERY_S)

    return f"{STEPS} steps of two hours: {told(under_load(lab, fault))}"


def _replace_one(rig: Rig, **variables: str) -> None:
    """Put a worker with a clock of its own in the place of one."""
    rig.service.kill(rig.workers[0])
    rig.start_worker(PYTHONPATH=str(Path(__file__).parent / "skew"), **variables)
    rig.wait(lambda: rig.live_workers() > 1)


FAMILY = Family(
    (
        Case(
            "F20",
            "Python's clock functions of one worker shifted (libfaketime is not used)",
            wrong,
            long=True,
        ),
        Case(
            "F21",
            f"the same, one worker's clock an hour ahead and behind in turn, each for {EVERY_S} s",
            jumping,
            long=True,
        ),
    ),
    {"lease_s": 2},
)
