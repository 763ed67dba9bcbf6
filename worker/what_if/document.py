"""Write the answer: several changes of one field, and one of several, each scored once more."""

from typing import Any

import numpy as np

from protocol.application import Application
from worker import scorecard
from worker.scorer import Scorer
from worker.what_if import alone, together
from worker.what_if.change import Change, changes

Document = dict[str, Any]


def what_if(application: Application, scorer: Scorer) -> Document:
    """Say which smallest changes would have an application approved.

    Args:
        application: any.
        scorer: whose model and policy are asked, whatever an earlier score was made by.
    Returns:
        How it is scored now, and `approval`: "given" (nothing need change), "within-reach" or
        "out-of-reach". `changes` has one entry for each field that reaches it alone, those of
        fewest steps first; `joint` the fewest steps over all fields, None unless within reach.
        Every number of `to` is one an application may have, and what stands beside it is its score.
    """
    now = _scored(application, scorer)
    answer = {**now, "approval": "given", "changes": [], "joint": None}
    if now["decision"] != "approve":
        answer |= _proposals(application, scorer)
    return answer | {
        "policy": scorecard.in_force(scorer),
        "model": scorecard.made_by(scorer),
    }


def _proposals(application: Application, scorer: Scorer) -> Document:
    possible = changes(application, scorer.policy)
    found = [(alone.fewest(change, application, scorer), change) for change in possible]
    singles = sorted(
        ((steps, change) for steps, change in found if steps), key=lambda single: single[0]
    )
    least = singles[0][0] if singles else None
    steps = together.fewest(possible, application, scorer, least)
    used = [pair for pair in zip(steps or [], possible, strict=False) if pair[0]]
    # Where two gains differ in their last bit alone, the one field may be found and the sum not.
    used = used or singles[:1]
    return {
        "approval": "within-reach" if used else "out-of-reach",
        "changes": [
            {**_moved(*single), **_after([single], application, scorer)} for single in singles
        ],
        "joint": _joint(used, application, scorer) if used else None,
    }


def _joint(used: list[tuple[int, Change]], application: Application, scorer: Scorer) -> Document:
    return {
        "changes": [_moved(steps, change) for steps, change in used],
        "steps": sum(steps for steps, _ in used),
        **_after(used, application, scorer),
    }


def _moved(steps: int, change: Change) -> Document:
    return {
        "field": change.field,
        "from": change.to(0),
        "to": change.to(steps),
        "steps": steps,
    }


def _after(used: list[tuple[int, Change]], application: Application, scorer: Scorer) -> Document:
    moved: Document = {change.field: change.to(steps) for steps, change in used}
    return _scored(application._replace(**moved), scorer)


def _scored(application: Application, scorer: Scorer) -> Document:
    logits = scorer.logit(np.array([application], dtype=np.float64))
    pd = float(scorer.probability(logits)[0])
    return {
        "pd": pd,
        "points": scorecard.points(float(logits[0]), scorer.policy.scale),
        "grade": scorecard.grade(pd, scorer.policy.grades),
        "decision": scorecard.decision(pd, scorer.policy.cut_offs),
    }
