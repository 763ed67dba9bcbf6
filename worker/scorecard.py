"""The scorecard: from log-odds to points, grade, decision, reasons and expected loss."""

import math
from collections.abc import Sequence
from typing import Any

from protocol.application import Application
from protocol.artefact import Grade, Manifest, Policy, Reason, Scale

#: Reasons an answer gives at most (Regulation B, 12 CFR 1002.9, comment 9(b)(2)-1: more than four
#: are not likely to help the applicant).
MOST_REASONS = 4


def points(logit: float, scale: Scale) -> int:
    """Rescale log-odds of default to scorecard points: safer is higher.

    points = base_points - pdo / ln 2 * (logit + ln base_odds), kept within the scale's two ends.

    >>> scale = Scale(pdo=20, base_points=600, base_odds=50, lowest=0, highest=1000)
    >>> points(-math.log(50), scale)   # odds 50:1, the base
    600
    >>> points(-math.log(100), scale)  # odds 100:1, doubled once
    620
    >>> points(1e6, scale)
    0
    """
    exact = scale.base_points - points_per_log_odds(scale) * (logit + math.log(scale.base_odds))
    return round(min(max(exact, scale.lowest), scale.highest))


def points_per_log_odds(scale: Scale) -> float:
    """Points that one unit of log-odds is worth: pdo / ln 2.

    >>> round(points_per_log_odds(Scale(pdo=20, base_points=600, base_odds=50, lowest=0,
    ...                                 highest=1000)), 3)
    28.854
    """
    return scale.pdo / math.log(2)


def grade(pd: float, grades: Sequence[Grade]) -> str:
    """Find the band a pd falls in; the lower end belongs to the band.

    >>> bands = [Grade(grade="A", pd_below=0.1), Grade(grade="B", pd_below=2)]
    >>> grade(0.0999, bands), grade(0.1, bands), grade(1.0, bands)
    ('A', 'B', 'B')
    """
    return next(band.grade for band in grades if pd < band.pd_below)


def decision(pd: float, policy: Policy) -> str:
    """Apply the cut-offs: approve, review or decline.

    >>> policy = Policy(version="1", approve_below=0.05, decline_above=0.2, lgd=0.9)
    >>> [decision(pd, policy) for pd in (0.049, 0.05, 0.2, 0.21)]
    ['approve', 'review', 'review', 'decline']
    """
    if pd < policy.approve_below:
        return "approve"
    return "decline" if pd > policy.decline_above else "review"


def reasons(
    contributions: Sequence[float], catalogue: Sequence[Reason], scale: Scale
) -> list[dict[str, Any]]:
    """Name the columns that cost points against the reference applicant, the dearest first.

    Args:
        contributions: log-odds added by each column, in the catalogue's order.
        catalogue: one reason a column.
        scale: turns log-odds into points.
    Returns:
        At most `MOST_REASONS`; equal losses keep the catalogue's order. Empty when none costs.
    """
    worth = points_per_log_odds(scale)
    costly = sorted(
        (pair for pair in zip(contributions, catalogue, strict=True) if pair[0] > 0),
        key=lambda pair: -pair[0],
    )
    return [
        {
            "code": reason.code,
            "field": reason.field,
            "points_lost": round(added * worth, 1),
            "text": {"en": reason.en, "fr": reason.fr},
        }
        for added, reason in costly[:MOST_REASONS]
    ]


def warnings(application: Application, manifest: Manifest) -> list[dict[str, Any]]:
    """Flag the fields that lie outside what the model saw in training."""
    return [
        {
            "code": "outside-training-range",
            "field": field.name,
            "trained_low": field.trained_low,
            "trained_high": field.trained_high,
        }
        for value, field in zip(application, manifest.fields, strict=True)
        if not field.trained_low <= value <= field.trained_high
    ]


def result(
    application: Application,
    logit: float,
    pd: float,
    contributions: Sequence[float],
    manifest: Manifest,
) -> dict[str, Any]:
    """Put the whole score together, as the API shows it."""
    policy = manifest.policy
    return {
        "pd": pd,
        "points": points(logit, manifest.scale),
        "grade": grade(pd, manifest.grades),
        "decision": decision(pd, policy),
        "policy": {
            "version": policy.version,
            "approve_below": policy.approve_below,
            "decline_above": policy.decline_above,
        },
        "reasons": reasons(contributions, manifest.reasons, manifest.scale),
        "expected_loss": pd * policy.lgd * application.loan_amt_outstanding,
        "warnings": warnings(application, manifest),
    }
