"""What is measured of a model: how right its decisions at 0.5 are, how well pd ranks and fits."""

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn import metrics

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: A pd from here on counts as a default in accuracy, precision, recall and F1.
CUT = 0.5


def measured(defaults: Ints, pd: Floats) -> dict[str, float]:
    """Measure pds against outcomes.

    >>> measured(np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.4, 0.9]))["accuracy"]
    0.5

    Args:
        defaults: shape (n,), 1 is a default.
        pd: shape (n,), 0..1.
    Returns:
        accuracy, precision, recall, f1 (all at `CUT`), roc_auc and ks 0..1, gini -1..1, brier
        0..1, log_loss in nats per loan. Where a figure has no meaning (nobody defaulted, nobody
        was flagged) it is that of a model that knows nothing: 0, roc_auc 0.5.
    """
    flagged = (pd >= CUT).astype(np.int64)
    auc = roc_auc(defaults, pd)
    return {
        "accuracy": float(metrics.accuracy_score(defaults, flagged)),
        "precision": float(metrics.precision_score(defaults, flagged, zero_division=0)),
        "recall": float(metrics.recall_score(defaults, flagged, zero_division=0)),
        "f1": float(metrics.f1_score(defaults, flagged, zero_division=0)),
        "roc_auc": auc,
        "brier": brier(defaults, pd),
        "log_loss": float(metrics.log_loss(defaults, pd, labels=[0, 1])),
        "ks": ks(defaults, pd),
        "gini": gini(auc),
    }


def roc_auc(defaults: Ints, pd: Floats) -> float:
    """Give the chance that a default has a higher pd than a repaid loan; 0.5 with one class.

    >>> roc_auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.4, 0.9]))  # 3 pairs of 4
    0.75
    """
    if not _has_both(defaults):
        return 0.5
    # By ranks: a thousand samples of a gate are measured in the time of a hundred by a curve.
    bad = int(defaults.sum())
    ranks = rankdata(pd)[defaults == 1].sum()
    return float((ranks - bad * (bad + 1) / 2) / (bad * (len(defaults) - bad)))


def gini(auc: float) -> float:
    """Rescale ROC AUC so that guessing is 0 and a perfect ranking 1.

    >>> gini(0.75)
    0.5
    """
    return 2 * auc - 1


def ks(defaults: Ints, pd: Floats) -> float:
    """Give Kolmogorov-Smirnov: the widest gap between the two classes' cumulative shares.

    >>> ks(np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.4, 0.9]))  # from 0.9: 1/2 against 0/2
    0.5

    Returns:
        0..1; 0 with one class.
    """
    if not _has_both(defaults):
        return 0.0
    false_alarms, caught, _ = metrics.roc_curve(defaults, pd)
    return float(np.max(caught - false_alarms))


def brier(defaults: Ints, pd: Floats) -> float:
    """Give the mean squared distance of pd from the outcome.

    >>> brier(np.array([0, 1]), np.array([0.25, 0.5]))  # (1/16 + 1/4) / 2
    0.15625
    """
    return float(np.mean(np.square(pd - defaults)))


def _has_both(defaults: Ints) -> bool:
    return 0 < int(defaults.sum()) < len(defaults)
