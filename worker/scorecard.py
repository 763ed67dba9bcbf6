"""The scorecard: from log-odds to points, grade, decision, reasons and expected loss."""

import math
from collections.abc import Sequence
from typing import Any

from protocol.application import EXPOSURE, FIELDS, Application
from protocol.artefact import Manifest
from protocol.policy import CutOffs, Grade, Scale
from worker.scorer import Scorer

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


def decision(pd: float, cut_offs: CutOffs) -> str:
    """Apply the cut-offs: approve, review or decline.

    >>> cut_offs = CutOffs(approve_below=0.05, decline_above=0.2)
    >>> [decision(pd, cut_offs) for pd in (0.049, 0.05, 0.2, 0.21)]
    ['approve', 'review', 'review', 'decline']
    """
    if pd < cut_offs.approve_below:
        return "approve"
    return "decline" if pd > cut_offs.decline_above else "review"


def reasons(
    application: Application, contributions: Sequence[float], scorer: Scorer
) -> list[dict[str, Any]]:
    """Name the fields that cost points against the reference population, the dearest first.

    Args:
        application: tells on which side of the population's mean each value lies.
        contributions: log-odds added by each field, as `Scorer.explained` gives them.
        scorer: its policy has the texts.
    Returns:
        At most `MOST_REASONS`; equal losses keep the order of the fields. Empty when none costs.
    """
    worth = points_per_log_odds(scorer.policy.scale)
    costly = [place for place, added in enumerate(contributions) if added > 0]
    costly.sort(key=lambda place: -contributions[place])
    return [
        _reason(place, application[place], contributions[place] * worth, scorer)
        for place in costly[:MOST_REASONS]
    ]


def _reason(place: int, value: float, lost: float, scorer: Scorer) -> dict[str, Any]:
    field = FIELDS[place].name
    said = scorer.policy.reason(field, above=value > scorer.reference.fields[place])
    return {
        "code": said.code,
        "field": field,
        "points_lost": round(lost, 1),
        "text": {"en": said.en, "fr": said.fr},
    }


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
    scorer: Scorer,
) -> dict[str, Any]:
    """Put the whole score together, as the API shows it."""
    policy = scorer.policy
    return {
        "pd": pd,
        "points": points(logit, policy.scale),
        "grade": grade(pd, policy.grades),
        "decision": decision(pd, policy.cut_offs),
        "policy": in_force(scorer),
        "reasons": reasons(application, contributions, scorer),
        "expected_loss": pd * policy.lgd * application[EXPOSURE],
        "warnings": warnings(application, scorer.manifest),
    }


def made_by(scorer: Scorer) -> dict[str, str]:
    """Name the model behind a score."""
    manifest = scorer.manifest
    return {"name": manifest.name, "version": manifest.version, "digest": manifest.digest}


def in_force(scorer: Scorer) -> dict[str, Any]:
    """Name the policy behind a decision, its cut-offs, and whom the reasons compare with."""
    policy = scorer.policy
    return {
        "version": policy.version,
        "digest": policy.digest,
        "approve_below": policy.cut_offs.approve_below,
        "decline_above": policy.cut_offs.decline_above,
        "reference": {"name": policy.reference, "digest": scorer.reference.digest},
    }
