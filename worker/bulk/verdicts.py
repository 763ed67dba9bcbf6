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

from protocol.application import EXPOSURE
from protocol.artefact import Manifest
from protocol.policy import DECISIONS, CutOffs, Policy
from worker import scorecard
from worker.bulk.categories import words
from worker.bulk.reasons import reasons
from worker.scorer import Rows, Scorer

#: Positions in a list of texts.
_Places = npt.NDArray[np.unsignedinteger | np.signedinteger]
#: Fields of which each set of names is prepared: 256 texts of eight.
MOST_PREPARED = 8
#: Rows explained at once.
BLOCK = 16_384


def verdicts(values: Rows, scorer: Scorer) -> pl.DataFrame:
    """Score applicants.

    Args:
        values: shape (n, fields), as in `Application`, each within its field's range.
        scorer: of the model.
    Returns:
        n rows with the columns `portfolio.options.SCORE_COLUMNS`, the texts as Enum.
    """
    return told(values, *explained(values, scorer), scorer)


def told(values: Rows, logits: Rows, contributions: Rows, scorer: Scorer) -> pl.DataFrame:
    """Say what scored applicants come to.

    Args:
        values: as in `verdicts`.
        logits: of them, shape (n,).
        contributions: of each field, shape (n, fields).
        scorer: that gave both.
    Returns:
        As `verdicts`.
    """
    manifest, policy = scorer.manifest, scorer.policy
    pd = scorer.probability(logits)
    return pl.DataFrame(
        {
            "pd": pd,
            "points": _points(logits, policy),
            "grade": _grades(pd, policy),
            "decision": _gather(DECISIONS, _decisions(pd, policy.cut_offs)),
            "reasons": reasons(values, contributions, scorer),
            "expected_loss": pd * policy.lgd * values[:, EXPOSURE],
            "warnings": _warnings(values, manifest),
            "model_name": _all(manifest.name, pd),
            "model_version": _all(manifest.version, pd),
            "model_digest": _all(manifest.digest, pd),
            "policy_version": _all(policy.version, pd),
            "approve_below": np.full(len(pd), policy.cut_offs.approve_below),
            "decline_above": np.full(len(pd), policy.cut_offs.decline_above),
        }
    )


def explained(values: Rows, scorer: Scorer) -> tuple[Rows, Rows]:
    """Give log-odds, shape (n,), and what each field contributes to them, shape (n, fields).

    In blocks that a processor's cache holds: that takes a third of the time, and gives the same
    bits, because rows do not know of one another.
    """
    logits = np.empty(len(values))
    contributions = np.empty(values.shape, order="F")
    for start in range(0, len(values), BLOCK):
        rows = slice(start, start + BLOCK)
        found = scorer.explained(values[rows])
        logits[rows], contributions[rows] = found.logits, found.fields
    return logits, contributions


def grades(pd: Rows, policy: Policy) -> pl.Series:
    """Name the band each pd falls in, shape (n,), String."""
    return _grades(pd, policy).cast(pl.String)


def decisions(pd: Rows, cut_offs: CutOffs) -> pl.Series:
    """Apply the cut-offs to each pd, shape (n,), String."""
    return _gather(DECISIONS, _decisions(pd, cut_offs)).cast(pl.String)


def _all(text: str, rows: Rows) -> pl.Series:
    return _gather([text], np.zeros(len(rows), dtype=np.uint8))


def _gather(texts: Sequence[str], places: _Places) -> pl.Series:
    return words(tuple(texts))[pl.Series(places)]


def _points(logits: Rows, policy: Policy) -> npt.NDArray[np.int64]:
    scale = policy.scale
    worth = scorecard.points_per_log_odds(scale)
    exact = scale.base_points - worth * (logits + math.log(scale.base_odds))
    return np.rint(np.clip(exact, scale.lowest, scale.highest)).astype(np.int64)


def _grades(pd: Rows, policy: Policy) -> pl.Series:
    return _gather([band.grade for band in policy.grades], _bands(pd, policy))


def _bands(pd: Rows, policy: Policy) -> _Places:
    """Count the bands that end at a pd or below it: the lower end belongs to the band."""
    # To compare with each end takes an eighth of the time of a search.
    places = np.zeros(len(pd), dtype=np.min_scalar_type(len(policy.grades)))
    for band in policy.grades:
        places += (pd >= band.pd_below).view(np.uint8)
    return places


def _decisions(pd: Rows, cut_offs: CutOffs) -> _Places:
    not_approved = (pd >= cut_offs.approve_below).view(np.uint8)
    places: _Places = not_approved << (pd > cut_offs.decline_above).view(np.uint8)
    return places


def _warnings(values: Rows, manifest: Manifest) -> pl.Series:
    """Look up the names of the fields outside what was seen in training; a bit stands for each."""
    low = np.array([field.trained_low for field in manifest.fields])
    high = np.array([field.trained_high for field in manifest.fields])
    outside = (values < low) | (values > high)
    names = tuple(field.name for field in manifest.fields)
    kind = np.min_scalar_type((1 << len(names)) - 1)
    bits = np.array([1 << place for place in range(len(names))], dtype=kind)
    numbers = np.einsum("i,ij->j", bits, outside.T)
    if len(names) <= MOST_PREPARED:
        return _gather(_warning_texts(names), numbers)
    found, places = np.unique(numbers, return_inverse=True)
    return _gather([_named(names, number) for number in found.tolist()], places)


@lru_cache
def _warning_texts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Put the names together whose bits are in each number.

    >>> _warning_texts(("income", "fico"))
    ('', 'income', 'fico', 'income;fico')
    """
    return tuple(_named(names, number) for number in range(1 << len(names)))


def _named(names: Sequence[str], number: int) -> str:
    return ";".join(name for bit, name in enumerate(names) if number >> bit & 1)
