"""Turn claimed jobs into their answers; a job that cannot be answered fails alone."""

import json
import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from protocol import names
from protocol.application import as_read
from protocol.ledger import Claim, Completion
from protocol.states import State
from protocol.under import Under
from worker import evidence, scorecard
from worker.replay.document import replay
from worker.scorer import Scorer
from worker.shelf import Shelf
from worker.what_if.document import what_if

log = logging.getLogger("loanscore.worker")

_Document = dict[str, Any]


def answer(claims: list[Claim], scorer: Scorer, shelf: Shelf) -> list[Completion]:
    """Answer claims in their order: scores together, each question by itself.

    Args:
        claims: of jobs and questions.
        scorer: that serves.
        shelf: has what served before.
    """
    scores = iter(_scored([claim for claim in claims if not claim.kind], scorer))
    return [_asked(claim, scorer, shelf) if claim.kind else next(scores) for claim in claims]


def _what_if(claim: Claim, scorer: Scorer, _: Shelf) -> _Document:
    return what_if(as_read(claim.application), scorer)


def _replay(claim: Claim, _: Scorer, shelf: Shelf) -> _Document:
    under = Under.model_validate_json(claim.asked)
    return replay(as_read(claim.application), json.loads(claim.recorded), under, shelf)


#: What answers each kind of question.
QUESTIONS: dict[str, Callable[[Claim, Scorer, Shelf], _Document]] = {
    names.WHAT_IF: _what_if,
    names.REPLAY: _replay,
}


def _asked(claim: Claim, scorer: Scorer, shelf: Shelf) -> Completion:
    try:
        given = QUESTIONS[claim.kind](claim, scorer, shelf)
        return _success(claim, {claim.kind: given})
    except Exception as error:  # noqa: BLE001 - the scores beside it must not fail with it
        return _failure(claim, error, "")


def _scored(claims: list[Claim], scorer: Scorer) -> list[Completion]:
    """Score claims together, and on an error halve them until the faulty one stands alone."""
    if not claims:
        return []
    try:
        return _score_together(claims, scorer)
    except Exception as error:  # noqa: BLE001 - whatever it is, the neighbours must not fail with it
        if len(claims) == 1:
            return [_failure(claims[0], error, evidence.of_failure(scorer))]
    middle = len(claims) // 2
    return _scored(claims[:middle], scorer) + _scored(claims[middle:], scorer)


def _score_together(claims: list[Claim], scorer: Scorer) -> list[Completion]:
    applications = [as_read(claim.application) for claim in claims]
    rows = np.array(applications, dtype=np.float64)
    found = scorer.explained(rows)
    columns = (found.logits, scorer.probability(found.logits), found.columns, found.fields)
    parts = zip(claims, applications, *(column.tolist() for column in columns), strict=True)
    model = scorecard.made_by(scorer)
    return [
        _success(
            claim,
            {
                "result": scorecard.result(application, logit, pd, added, scorer),
                "model": model,
            },
            evidence.of_score(scorer, logit, by_column, added),
        )
        for claim, application, logit, pd, by_column, added in parts
    ]


def _success(claim: Claim, given: dict[str, Any], seen: str = "") -> Completion:
    return Completion(claim, State.SUCCEEDED, json.dumps(given, allow_nan=False), seen)


def _failure(claim: Claim, error: Exception, seen: str) -> Completion:
    # The error's own text may quote the applicant's values: only its type is logged.
    log.error("job %s attempt %s failed: %s", claim.id, claim.attempt, type(error).__name__)
    text = {"code": "scoring-failed", "detail": "The application could not be scored."}
    return Completion(claim, State.FAILED, json.dumps({"error": text}), seen)
