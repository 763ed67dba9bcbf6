"""The fewest steps over all fields together that reach approval.

At a given divisor, our income, the log-odds are linear in the other fields, and a step of each
counts the same: so the best use of n steps takes those that gain most first. What is left is how
many of the steps are of that field, and all of these are scored in one call.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from protocol.application import Application
from protocol.features import AMOUNTS, DIVISOR, floored_divisor
from worker.scorer import Rows, Scorer
from worker.what_if.alone import approved
from worker.what_if.change import Change, Steps

#: No more steps of the divisor than this are looked at beside steps of other fields.
MOST_DIVISOR_STEPS = 100_000


class Use(NamedTuple):
    """The best use of a number of steps."""

    #: of each change, in the order they were given
    steps: list[int]
    approved: bool


def fewest(
    changes: list[Change], application: Application, scorer: Scorer, at_most: int | None
) -> list[int] | None:
    """Find the smallest sum of steps that is approved, and of those the one with the lowest pd.

    Args:
        changes: what can change; of fields that gain alike the earlier is taken first.
        application: one that is not approved as it is.
        scorer: whose policy approves.
        at_most: a sum that is known to do; None: none is.
    Returns:
        Steps of each change, or None: not even all together reach it.
    """
    reached = at_most or sum(change.most for change in changes)
    best = use(reached, changes, application, scorer)
    if not best.approved:
        return None
    below = 0
    while reached - below > 1:
        middle = (below + reached) // 2
        tried = use(middle, changes, application, scorer)
        if tried.approved:
            reached, best = middle, tried
        else:
            below = middle
    return best.steps


def use(n: int, changes: list[Change], application: Application, scorer: Scorer) -> Use:
    """Spend at most `n` steps so that the pd is lowest; equal ones: with fewer of the divisor."""
    divisors = _divisor_steps(n, changes)
    rows = np.tile(np.array(application, dtype=np.float64), (len(divisors), 1))
    for change in changes:
        if change.place == DIVISOR:
            rows[:, DIVISOR] = change.at(divisors)
    steps = _spent(n - divisors, changes, rows, scorer)
    for column, change in enumerate(changes):
        if change.place == DIVISOR:
            steps[:, column] = divisors
        else:
            rows[:, change.place] = change.at(steps[:, column])
    best = int(scorer.logit(rows).argmin())
    return Use(steps[best].tolist(), bool(approved(rows[best : best + 1], scorer)[0]))


def _divisor_steps(n: int, changes: list[Change]) -> Steps:
    room = sum(change.most for change in changes if change.place == DIVISOR)
    return np.arange(min(n, room, MOST_DIVISOR_STEPS) + 1)


def _spent(left: Steps, changes: list[Change], rows: Rows, scorer: Scorer) -> Steps:
    """Spend the steps left of each row, shape (n,), on the other fields: shape (n, changes)."""
    gains = _gains(changes, rows, scorer)
    room = np.where(gains > 0, np.array([change.most for change in changes]), 0)
    order = np.argsort(-gains, axis=1, kind="stable")
    dearest = np.take_along_axis(room, order, axis=1)
    before = np.cumsum(dearest, axis=1) - dearest
    spent = np.zeros_like(room)
    taken = np.clip(left[:, None] - before, 0, dearest)
    np.put_along_axis(spent, order, taken, axis=1)
    return spent


def _gains(changes: list[Change], rows: Rows, scorer: Scorer) -> npt.NDArray[np.float64]:
    """Log-odds that one step takes off at each row's divisor, shape (n, changes); 0 for that."""
    per_divisor = 1 / floored_divisor(rows)
    gains = np.zeros((len(rows), len(changes)))
    for column, change in enumerate(changes):
        if change.place != DIVISOR:
            gain = -scorer.manifest.fold.coefficients[change.place] * change.step
            gains[:, column] = gain * per_divisor if change.place in AMOUNTS else gain
    return gains
