"""The judgement: what of a whole run must not be."""

from collections.abc import Sequence

from chaos.case import Outcome
from chaos.control import Control
from chaos.storm import Storm


def broken(controlled: Control, stormy: Storm, outcomes: Sequence[Outcome]) -> list[str]:
    """Name everything that makes a run fail; empty when it did not.

    Args:
        controlled: of the negative control; it fails the run when a part of it lost nothing.
        stormy: of the storm.
        outcomes: of the cases; one that could not be run here breaks nothing.
    """
    found = [f"{one.number}: {one.seen}" for one in outcomes if one.held is False]
    found += [
        f"the negative control lost nothing in its {part}: the harness proves nothing"
        for part, lost in (("window", controlled.window.lost), ("kill storm", controlled.lost))
        if not lost
    ]
    if stormy.verdict.violations:
        found.append(f"the storm: {stormy.verdict.violations}")
    if stormy.longest_s is None:
        found.append("the storm: after a fault nothing was answered any more")
    return found
