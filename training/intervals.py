"""Intervals: how far a figure could be from what was measured, by chance of the loans alone."""

import math

import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix

from protocol.interval import Interval, Z, share
from training.metrics import CUT

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def intervals(defaults: Ints, pd: Floats) -> dict[str, Interval]:
    """Give 95 % intervals of the held-out figures.

    Args:
        defaults: shape (n,), 1 is a default; two of each class at least.
        pd: shape (n,), 0..1.
    Returns:
        accuracy, precision and recall by Wilson; roc_auc by DeLong; brier and log_loss as means of
        one number a loan. An AUC of 1 comes out as 1 to 1: of a perfect ranking the loans tell no
        spread.
    """
    (right_no, false), (missed, caught) = confusion_matrix(defaults, pd >= CUT, labels=[0, 1])
    return {
        "accuracy": share(int(right_no + caught), len(pd)),
        "precision": share(int(caught), int(caught + false)),
        "recall": share(int(caught), int(caught + missed)),
        "roc_auc": _ranking(defaults, pd),
        "brier": _mean(np.square(pd - defaults)),
        "log_loss": _mean(_surprise(defaults, pd)),
    }


def _mean(losses: Floats) -> Interval:
    """Give the interval of a mean of one number a loan, none of them below 0."""
    half = Z * float(losses.std(ddof=1)) / math.sqrt(len(losses))
    return max(0.0, float(losses.mean()) - half), float(losses.mean()) + half


def _ranking(defaults: Ints, pd: Floats) -> Interval:
    """Give DeLong's interval of AUC: of each loan, the share of the other class it is ranked above.

    Source: DeLong, DeLong and Clarke-Pearson (1988).
    """
    bad, good = np.sort(pd[defaults == 1]), np.sort(pd[defaults == 0])
    above = _beaten(bad, good) / len(good)
    below = 1 - _beaten(good, bad) / len(bad)
    half = Z * math.sqrt(above.var(ddof=1) / len(bad) + below.var(ddof=1) / len(good))
    auc = float(above.mean())
    return max(0.0, auc - half), min(1.0, auc + half)


def _beaten(ones: Floats, others: Floats) -> Floats:
    """Count for each one the others below it, an equal one as half; both in ascending order."""
    below, not_above = np.searchsorted(others, ones), np.searchsorted(others, ones, side="right")
    return np.asarray((below + not_above) / 2)


def _surprise(defaults: Ints, pd: Floats) -> Floats:
    sure = np.clip(pd, np.finfo(float).eps, 1 - np.finfo(float).eps)
    return np.asarray(np.where(defaults == 1, -np.log(sure), -np.log1p(-sure)))
