"""Golden rows: invented applicants with the pd the fitted pipeline gives, checked at every start.

A worker that does not reproduce them refuses to serve, whatever library or processor is to blame.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline

from protocol.application import EXAMPLE, FIELDS
from protocol.artefact import GoldenRow, TrainedField
from protocol.features import DIVISOR

#: Seed of the invented applicants.
GOLDEN_SEED = 2026
#: Applicants drawn, and how many of them are kept.
DRAWN, KEPT = 20_000, 12

_Rows = npt.NDArray[np.float64]


def golden_rows(pipeline: Pipeline, fields: Sequence[TrainedField]) -> list[GoldenRow]:
    """Choose invented applicants from sure to doubtful, add the edges, and score them all.

    Args:
        pipeline: the fitted model.
        fields: of the loans it learnt from, of which nothing but the ranges is used.
    """
    rows = np.vstack([_drawn(pipeline, fields), edges(fields)])
    pds = pipeline.predict_proba(rows)[:, 1]
    return [GoldenRow(row=row.tolist(), pd=float(pd)) for row, pd in zip(rows, pds, strict=True)]


def edges(fields: Sequence[TrainedField]) -> _Rows:
    """Give what goes wrong at the edges: no income, each field at either end, all good, all bad.

    Returns:
        Shape (5, fields), columns as in `Application`.
    """
    rows = np.array([EXAMPLE] * 5, dtype=np.float64)
    for place, (field, trained) in enumerate(zip(FIELDS, fields, strict=True)):
        safest, riskiest = trained.trained_low, trained.trained_high
        if field.sign < 0 or place == DIVISOR:
            safest, riskiest = riskiest, safest
        rows[1:, place] = field.low, field.high, safest, riskiest
    if DIVISOR is not None:
        rows[0, DIVISOR] = FIELDS[DIVISOR].low
    return rows


def _drawn(pipeline: Pipeline, fields: Sequence[TrainedField]) -> _Rows:
    """Keep the half nearest a pd of 0.5, where an error shows most, and some of the others."""
    draw = np.random.default_rng(GOLDEN_SEED)
    lows = np.array([field.trained_low for field in fields])
    highs = np.array([field.trained_high for field in fields])
    rows: _Rows = draw.uniform(lows, highs, size=(DRAWN, len(fields))).round(2)
    whole = [field.kind == "integer" for field in fields]
    rows[:, whole] = rows[:, whole].round()
    doubtful_first = np.argsort(np.abs(pipeline.predict_proba(rows)[:, 1] - 0.5), kind="stable")
    half = KEPT // 2
    some = np.linspace(half, DRAWN - 1, KEPT - half).astype(int)
    return rows[doubtful_first[[*range(half), *some]]]
