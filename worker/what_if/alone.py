"""The fewest steps of one field that reach approval, all other fields as they are.

The pd is monotone in every field but the divisor, our income y, in which the log-odds are

    c + b * y + (coefficient of lti * loan + coefficient of dti * debt) / max(y, 1)

and turn at y = 1 and at y = sqrt(amounts / b) where the two have one sign: so more income can help
up to a point and harm beyond it. Between two turns a search is exact, and asks the scorer alone.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from protocol.application import Application
from protocol.features import AMOUNTS, AT_LEAST, DIVISOR
from worker.scorer import Rows, Scorer
from worker.what_if.change import Change, Steps

#: Numbers of steps that are scored in one call.
AT_ONCE = 64

Reaches = Callable[[Steps], npt.NDArray[np.bool_]]


def approved(rows: Rows, scorer: Scorer) -> npt.NDArray[np.bool_]:
    """Say of rows of shape (n, fields) which are approved, shape (n,), as the scorecard would."""
    pds = scorer.probability(scorer.logit(rows))
    return pds < scorer.policy.cut_offs.approve_below


def fewest(change: Change, application: Application, scorer: Scorer) -> int | None:
    """Find the smallest number of steps that is approved, while one less is not.

    Args:
        change: of a field of `application`.
        application: one that is not approved as it is.
        scorer: whose policy approves.
    Returns:
        1 to `change.most`, or None: no number of steps of this field reaches it.
    """

    def reaches(steps: Steps) -> npt.NDArray[np.bool_]:
        rows = np.tile(np.array(application, dtype=np.float64), (len(steps), 1))
        rows[:, change.place] = change.at(steps)
        return approved(rows, scorer)

    ends = _ends(change, application, scorer)
    at_ends = reaches(np.array(ends))
    if not at_ends.any():
        return None
    place = int(at_ends.argmax())
    found = _first(ends[place - 1], ends[place], reaches) if place else ends[0]
    return _settled(found, reaches)


def _ends(change: Change, application: Application, scorer: Scorer) -> list[int]:
    """Part the numbers of steps where the pd turns; between two of these it does not."""
    ends = {1, change.most}
    for turn in _turns(change, application, scorer):
        # held within before it is made an int: a turn may lie at infinity
        steps = math.floor(min(max((turn - change.value) / change.step, 0), change.most))
        ends |= {min(max(near, 1), change.most) for near in (steps, steps + 1)}
    return sorted(ends)


def _turns(change: Change, application: Application, scorer: Scorer) -> list[float]:
    if change.place != DIVISOR:
        return []
    coefficients = scorer.manifest.fold.coefficients
    amounts = sum(coefficients[place] * application[place] for place in AMOUNTS)
    slope = coefficients[change.place]
    return [AT_LEAST, math.sqrt(amounts / slope)] if amounts * slope > 0 else [AT_LEAST]


def _first(below: int, reached: int, reaches: Reaches) -> int:
    """Find the first number of steps that reaches, where `below` does not and `reached` does."""
    while reached - below > 1:
        steps = below + (reached - below) * np.arange(1, AT_ONCE + 1) // (AT_ONCE + 1)
        known = [below, *steps.tolist(), reached]
        place = int(np.append(reaches(steps), True).argmax())
        below, reached = known[place], known[place + 1]
    return reached


def _settled(found: int, reaches: Reaches) -> int:
    """Go back while a few steps less reach it too: near a turn the last bits are not monotone."""
    while True:
        window = np.arange(max(1, found - AT_ONCE), found)
        earlier = reaches(window)
        if not earlier.any():
            return found
        found = int(window[earlier.argmax()])
