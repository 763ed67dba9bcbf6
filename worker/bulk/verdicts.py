"""The verdicts on many applicants: `worker.scorecard` for columns instead of one application.

Every value is the one `scorecard.result` gives, to the last bit; tests hold the two together.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, product

import numpy as np
import numpy.typing as npt
import polars as pl

from protocol.artefact import Manifest, Policy
from worker import scorecard
from worker.scorer import Rows, Scorer

_Indices = npt.NDArray[np.intp]
DECISIONS = ("approve", "review", "decline")


def verdicts(values: Rows, scorer: Scorer) -> pl.DataFrame:
    """Score applicants.

    Args:
        values: shape (n, 6), as in `Application`, each within its field's range.
        scorer: of the model.
    Returns:
        n rows with the columns `portfolio.options.SCORE_COLUMNS`.
    """
    manifest = scorer.manifest
    logits = scorer.logit(values)
    pd = scorer.probability(logits)
    return pl.DataFrame(
        {
            "pd": pd,
            "points": _points(logits, manifest),
            "grade": grades(pd, manifest),
            "decision": decisions(pd, manifest.policy),
            "reasons": _reasons(scorer.contributions(values), manifest),
            "expected_loss": pd * manifest.policy.lgd * values[:, 1],
            "model_digest": pl.repeat(manifest.digest, len(values), dtype=pl.String, eager=True),
            "warnings": _warnings(values, manifest),
        }
    )


def grades(pd: Rows, manifest: Manifest) -> pl.Series:
    """Name the band each pd falls in, shape (n,)."""
    return _gather([band.grade for band in manifest.grades], _bands(pd, manifest))


def decisions(pd: Rows, policy: Policy) -> pl.Series:
    """Apply the cut-offs to each pd, shape (n,)."""
    return _gather(DECISIONS, _decisions(pd, policy))


def _gather(texts: Sequence[str], indices: _Indices) -> pl.Series:
    return pl.Series(texts, dtype=pl.String).gather(pl.Series(indices, dtype=pl.UInt32))


def _points(logits: Rows, manifest: Manifest) -> npt.NDArray[np.int64]:
    scale = manifest.scale
    worth = scorecard.points_per_log_odds(scale)
    exact = scale.base_points - worth * (logits + math.log(scale.base_odds))
    return np.rint(np.clip(exact, scale.lowest, scale.highest)).astype(np.int64)


def _bands(pd: Rows, manifest: Manifest) -> _Indices:
    # From the right: the lower end belongs to the band.
    return np.searchsorted([band.pd_below for band in manifest.grades], pd, side="right")


def _decisions(pd: Rows, policy: Policy) -> _Indices:
    rest = np.where(pd > policy.decline_above, 2, 1)
    return np.where(pd < policy.approve_below, 0, rest).astype(np.intp)


def _reasons(contributions: Rows, manifest: Manifest) -> pl.Series:
    """Look up the text of each order of reasons; 0 stands for no reason, k for the kth."""
    ranks = _ranks(contributions)
    base = len(ranks) + 1
    places = np.zeros(len(contributions), dtype=np.intp)
    # What ranks behind the last reason that is given counts nothing.
    worth = np.zeros(len(ranks), dtype=np.intp)
    worth[: scorecard.MOST_REASONS] = base ** np.arange(scorecard.MOST_REASONS - 1, -1, -1)
    for position, rank in enumerate(ranks):
        costly = contributions[:, position] > 0
        places += worth[rank] * costly * (position + 1)
    return _gather(_reason_texts(tuple(r.code for r in manifest.reasons)), places)


def _ranks(contributions: Rows) -> list[npt.NDArray[np.int8]]:
    """Rank the columns of each row, the largest first; of two equal ones the earlier comes first.

    Every pair of columns is compared: six columns make 15, far less than to sort each row.

    >>> np.column_stack(_ranks(np.array([[1.0, 3.0, 1.0]]))).tolist()
    [[1, 0, 2]]

    Args:
        contributions: shape (n, columns).
    Returns:
        For each column its ranks, shape (n,), from 0.
    """
    columns = [np.ascontiguousarray(column) for column in contributions.T]
    ranks = [np.zeros(len(contributions), dtype=np.int8) for _ in columns]
    for one, other in combinations(range(len(columns)), 2):
        later_wins = columns[other] > columns[one]
        ranks[one] += later_wins
        ranks[other] += ~later_wins
    return ranks


@lru_cache
def _reason_texts(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Every text of at most `MOST_REASONS` codes, at the place its digits spell.

    >>> _reason_texts(("A", "B"))[2 * 27 + 1 * 9]  # digits 2 1 0 0 to the base 3
    'B;A'
    """
    return tuple(
        ";".join(spelt for spelt in digits if spelt)
        for digits in product(("", *codes), repeat=scorecard.MOST_REASONS)
    )


def _warnings(values: Rows, manifest: Manifest) -> pl.Series:
    """Look up the names of the fields outside what was seen in training; a bit stands for each."""
    codes = np.zeros(len(values), dtype=np.intp)
    for position, field in enumerate(manifest.fields):
        column = values[:, position]
        outside = (column < field.trained_low) | (column > field.trained_high)
        codes |= outside.astype(np.intp) << position
    names = [field.name for field in manifest.fields]
    texts = [
        ";".join(name for bit, name in enumerate(names) if code >> bit & 1)
        for code in range(1 << len(names))
    ]
    return _gather(texts, codes)
