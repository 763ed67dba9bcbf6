"""Write the answer: one score, decided again by what made it and by what is asked."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from protocol.application import Application
from protocol.errors import LoanscoreError, NotKept
from protocol.under import Under
from worker import scorecard
from worker.replay.cause import UNUSABLE, Cause
from worker.scorer import Scorer
from worker.shelf import Shelf

Document = dict[str, Any]
#: What of a result is compared; its `policy` names what decided and is no decision.
COMPARED = ("pd", "points", "grade", "decision", "reasons", "expected_loss", "warnings")


def replay(
    application: Application, recorded: Mapping[str, Any], under: Under, shelf: Shelf
) -> Document:
    """Decide again what was decided, and say whether the same comes out.

    First it is reproduced: decided by the recorded model and policy, which must give the recorded
    result to the last bit, or the verdict is `unreproducible`. Then only the model is changed to
    the asked one: if that changes anything, `changed-by-model`. Then the policy:
    `changed-by-policy`, or else `identical`.

    Args:
        application: as it was scored.
        recorded: its answer as it was given: `result` and `model`.
        under: what is asked; of what it leaves out, what made the score.
        shelf: has both.
    Returns:
        `refused`, alone, when the shelf cannot give what is asked, "model" or "policy". Else
        `verdict`, `reproduced`, `cause` when it is not, `recorded` and `replayed` (model and
        result; None when it cannot be decided), and `changed`: the names of `COMPARED` that differ.
    """
    made_by = recorded["model"]["digest"], recorded["result"]["policy"]["digest"]
    try:
        asked: Scorer | None = shelf.under(under, *made_by)
    except UNUSABLE as error:
        if refused := _refused(error, under):
            return {"refused": refused}
        asked = None
    cause = _cause(application, recorded["result"], made_by, shelf)
    replayed = _decided(application, asked) if asked else None
    changed = _changed(recorded["result"], replayed) if replayed else []
    verdict = "unreproducible"
    if cause is None and asked is not None:
        by_model = _changed(recorded["result"], _by_model(application, asked, made_by, shelf))
        verdict = "changed-by-model" if by_model else "identical"
        if changed and not by_model:
            verdict = "changed-by-policy"
    return {
        "verdict": verdict,
        "reproduced": cause is None,
        "cause": cause,
        "changed": changed,
        "recorded": {"model": recorded["model"], "result": recorded["result"]},
        "replayed": asked and {"model": scorecard.made_by(asked), "result": replayed},
    }


def _cause(
    application: Application, result: Mapping[str, Any], made_by: tuple[str, str], shelf: Shelf
) -> Cause | None:
    """Say why the recorded model and policy do not give the recorded result; None: they do."""
    try:
        again = _decided(application, shelf.scorer(*made_by))
    except UNUSABLE as error:
        return Cause.of(error)
    same = all(again.get(name) == shown for name, shown in result.items())
    return None if same else Cause.OTHER_ANSWER


def _refused(error: LoanscoreError, under: Under) -> str | None:
    """Name the part of what is asked that cannot be had; None when it is the recorded one."""
    if isinstance(error, NotKept):
        return error.what if error.digest in {under.model, under.policy} else None
    return "model" if under.model else "policy" if under.policy else None


def _by_model(
    application: Application, asked: Scorer, made_by: tuple[str, str], shelf: Shelf
) -> Document:
    """Decide by the asked model and the recorded policy.

    A model that cannot be joined with it (it lacks the population that reasons compare with) is
    taken with the asked one: that too is the model's doing.
    """
    try:
        return _decided(application, shelf.scorer(asked.manifest.digest, made_by[1]))
    except UNUSABLE:
        return _decided(application, asked)


def _decided(application: Application, scorer: Scorer) -> Document:
    found = scorer.explained(np.array([application], dtype=np.float64))
    logit, pd = float(found.logits[0]), float(scorer.probability(found.logits)[0])
    return scorecard.result(application, logit, pd, found.fields[0].tolist(), scorer)


def _changed(recorded: Mapping[str, Any], replayed: Mapping[str, Any]) -> list[str]:
    return [name for name in COMPARED if _compared(recorded, name) != _compared(replayed, name)]


def _compared(result: Mapping[str, Any], name: str) -> Any:
    """Leave out the words of reasons: they are the policy's, whatever was decided."""
    if name == "reasons":
        return [(one["code"], one["points_lost"]) for one in result[name]]
    return [one["field"] for one in result[name]] if name == "warnings" else result[name]
