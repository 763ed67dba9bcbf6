"""The verdicts on many applicants: `worker.scorecard` for columns instead of one application.

Every value is the one `scorecard.result` gives, to the last bit; tests hold the two together.
The texts are few and come as Enum: a row has a small number, and who writes Parquet need not find
out which texts there are.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from protocol.artefact import Manifest, Policy
from worker import scorecard
from worker.bulk.categories import words
from worker.bulk.reasons import reasons
from worker.scorer import Rows, Scorer

#: Positions in a list of texts.
_Places = npt.NDArray[np.uint8 | np.uint16]
DECISIONS = ("approve", "review", "decline")


def verdicts(values: Rows, scorer: Scorer) -> pl.DataFrame:
    """Score applicants.

    Args:
        values: shape (n, 6), as in `Application`, each within its field's range.
        scorer: of the model.
    Returns:
        n rows with the columns `portfolio.options.SCORE_COLUMNS`, the texts as Enum.
    """
    manifest = scorer.manifest
    logits, contributions = scorer.explained(values)
    pd = scorer.probability(logits)
    return pl.DataFrame(
        {
            "pd": pd,
            "points": _points(logits, manifest),
            "grade": _grades(pd, manifest),
            "decision": _gather(DECISIONS, _decisions(pd, manifest.policy)),
            "reasons": reasons(contributions, [reason.code for reason in manifest.reasons]),
            "expected_loss": pd * manifest.policy.lgd * values[:, 1],
            "model_digest": _gather([manifest.digest], np.zeros(len(values), dtype=np.uint8)),
            "warnings": _warnings(values, manifest),
        }
    )


def grades(pd: Rows, manifest: Manifest) -> pl.Series:
    """Name the band each pd falls in, shape (n,), String."""
    return _grades(pd, manifest).cast(pl.String)


def decisions(pd: Rows, policy: Policy) -> pl.Series:
    """Apply the cut-offs to each pd, shape (n,), String."""
    return _gather(DECISIONS, _decisions(pd, policy)).cast(pl.String)


def _gather(texts: Sequence[str], places: _Places) -> pl.Series:
    return words(tuple(texts))[pl.Series(places)]


def _points(logits: Rows, manifest: Manifest) -> npt.NDArray[np.int64]:
    scale = manifest.scale
    worth = scorecard.points_per_log_odds(scale)
    exact = scale.base_points - worth * (logits + math.log(scale.base_odds))
    return np.rint(np.clip(exact, scale.lowest, scale.highest)).astype(np.int64)


def _grades(pd: Rows, manifest: Manifest) -> pl.Series:
    return _gather([band.grade for band in manifest.grades], _bands(pd, manifest))


def _bands(pd: Rows, manifest: Manifest) -> _Places:
    """Count the bands that end at a pd or below it: the lower end belongs to the band."""
    # To compare with each end takes an eighth of the time of a search.
    places = np.zeros(len(pd), dtype=np.min_scalar_type(len(manifest.grades)))
    for band in manifest.grades:
        places += (pd >= band.pd_below).view(np.uint8)
    return places


def _decisions(pd: Rows, policy: Policy) -> _Places:
    not_approved = (pd >= policy.approve_below).view(np.uint8)
    places: _Places = not_approved << (pd > policy.decline_above).view(np.uint8)
    return places


def _warnings(values: Rows, manifest: Manifest) -> pl.Series:
    """Look up the names of the fields outside what was seen in training; a bit stands for each."""
    low = np.array([field.trained_low for field in manifest.fields])
    high = np.array([field.trained_high for field in manifest.fields])
    outside = (values < low) | (values > high)
    names = tuple(field.name for field in manifest.fields)
    bits = 1 << np.arange(len(names), dtype=np.uint8)
    return _gather(_warning_texts(names), np.einsum("i,ij->j", bits, outside.T))


@lru_cache
def _warning_texts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Put the names together whose bits are in each number.

    >>> _warning_texts(("income", "fico"))
    ('', 'income', 'fico', 'income;fico')
    """
    return tuple(
        ";".join(name for bit, name in enumerate(names) if number >> bit & 1)
        for number in range(1 << len(names))
    )
