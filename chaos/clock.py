"""A case about clocks that are wrong: F20."""

import time
from pathlib import Path

from chaos.case import Case, Family, Lab, told, under_load

SKEWS_S = (120, -120, 86_400)


def wrong(lab: Lab) -> str:
    """F20."""
    rig = lab.rig

    def fault() -> None:
        for skew_s in SKEWS_S:
            variables = {
                "PYTHONPATH": str(Path(__file__).parent / "skew"),
                "CHAOS_SKEW_S": str(skew_s),
            }
            rig.service.kill(rig.workers[0])
            rig.start_worker(**variables)
            rig.wait(lambda: rig.live_workers() > 1)
            time.sleep(3)

    verdict = under_load(lab, fault)
    return f"{', '.join(f'{skew:+,} s' for skew in SKEWS_S)} beside a right one: {told(verdict)}"


FAMILY = Family(
    (
        Case(
            "F20",
            "Python's clock functions of one worker shifted (libfaketime is not used)",
            wrong,
            long=True,
        ),
    ),
    {"lease_s": 2},
)
