"""The gates: what a model has to show before it may take the champion's place.

Each is asked on loans the candidate did not learn from, says what it found and the bound it was
held to, and is kept with the promotion.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline

from protocol.application import FIELDS
from protocol.artefact import Manifest
from protocol.features import DIVISOR
from protocol.promotions import Gate
from training.fold import folded_pd
from training.metrics import roc_auc
from training.split import SEED, Sample

Floats = npt.NDArray[np.float64]

#: Two ways to one pd may differ by so much.
TOLERANCE = 1e-12
#: So much worse than the champion a candidate may be, with the confidence of `CONFIDENCE`: log loss
#: in nats per loan, ROC AUC.
WORSE_LOG_LOSS, WORSE_AUC = 0.005, 0.002
#: One-sided.
CONFIDENCE = 0.95
#: Samples that are drawn, with replacement, to know how sure a difference is.
DRAWS = 1_000
#: Mean pd and share of defaults may differ by so much.
MISCALIBRATED = 0.01
#: A field is moved by this share of the width it was trained on.
MOVED = 0.1


class Loaded(NamedTuple):
    """A model that was verified."""

    manifest: Manifest
    pipeline: Pipeline

    def pd(self, rows: Floats) -> Floats:
        """Give the pipeline's probability of default, shape (n,)."""
        return np.asarray(self.pipeline.predict_proba(rows)[:, 1], dtype=np.float64)


def gates(candidate: Loaded, champion: Loaded | None, loans: Sample) -> list[Gate]:
    """Ask all of them.

    Args:
        candidate: that shall be promoted.
        champion: that serves; None when nothing was promoted yet.
        loans: that the candidate did not learn from.
    """
    pd = candidate.pd(loans.rows)
    return [
        _golden_rows(candidate),
        *_not_worse(pd, champion, loans),
        _calibrated(pd, loans.defaults),
        _signs(candidate, loans.rows),
    ]


def identifier(candidate: Loaded, rows: Floats, renamed: Floats) -> Gate:
    """Ask whether an identifier changes a pd.

    Args:
        candidate: that shall be promoted.
        rows: as read from the file.
        renamed: of the same file, every applicant under another identifier.
    """
    differ = int(np.count_nonzero(candidate.pd(rows) != candidate.pd(renamed)))
    found = f"{differ} of {len(rows):,} pds differ when every applicant has another identifier"
    return Gate(name="identifier", passed=differ == 0, found=f"{found}; none may")


def _golden_rows(candidate: Loaded) -> Gate:
    rows = np.array([golden.row for golden in candidate.manifest.golden])
    expected = np.array([golden.pd for golden in candidate.manifest.golden])
    ways = candidate.pd(rows), folded_pd(candidate.manifest.fold, rows)
    off = max(float(np.max(np.abs(way - expected))) for way in ways)
    found = f"{len(rows)} rows, pipeline and coefficients, are off by {off:.1e} at most"
    return Gate(
        name="golden-rows", passed=off <= TOLERANCE, found=f"{found}; {TOLERANCE:.0e} is allowed"
    )


def _not_worse(pd: Floats, champion: Loaded | None, loans: Sample) -> list[Gate]:
    if champion is None:
        found = "nothing was promoted before, so there is nothing to compare with"
        return [Gate(name="not-worse", passed=True, found=found)]
    before = champion.pd(loans.rows)
    return [
        _compared("log-loss", _log_loss, pd, before, loans.defaults, WORSE_LOG_LOSS),
        _compared("roc-auc", _lost_auc, pd, before, loans.defaults, WORSE_AUC),
    ]


def _compared(  # noqa: PLR0913, PLR0917 - what is compared, and how
    name: str,
    worse: Callable[[npt.NDArray[np.int64], Floats], float],
    pd: Floats,
    before: Floats,
    defaults: npt.NDArray[np.int64],
    bound: float,
) -> Gate:
    """Compare two models on the same loans; paired, as both err on the same ones."""
    draw = np.random.default_rng(SEED)
    differences = []
    for _ in range(DRAWS):
        drawn = draw.integers(0, len(defaults), len(defaults))
        now, then = worse(defaults[drawn], pd[drawn]), worse(defaults[drawn], before[drawn])
        differences.append(now - then)
    found = worse(defaults, pd) - worse(defaults, before)
    upper = float(np.quantile(differences, CONFIDENCE))
    return Gate(
        name=name,
        passed=upper <= bound,
        found=f"worse than the champion by {found:+.5f}, with {CONFIDENCE:.0%} confidence by at"
        f" most {upper:+.5f}; {bound:+.5f} is allowed",
    )


def _log_loss(defaults: npt.NDArray[np.int64], pd: Floats) -> float:
    # as scikit-learn's, without its checks of each sample
    sure = np.where(defaults == 1, pd, 1 - pd).clip(np.finfo(np.float64).eps, 1)
    return float(-np.log(sure).mean())


def _lost_auc(defaults: npt.NDArray[np.int64], pd: Floats) -> float:
    return 1 - roc_auc(defaults, pd)


def _calibrated(pd: Floats, defaults: npt.NDArray[np.int64]) -> Gate:
    gap = abs(float(pd.mean()) - float(defaults.mean()))
    found = f"mean pd {pd.mean():.4f}, {defaults.mean():.4f} defaulted"
    return Gate(
        name="calibration",
        passed=gap <= MISCALIBRATED,
        found=f"{found}, {gap:.4f} apart; {MISCALIBRATED} is allowed",
    )


def _signs(candidate: Loaded, rows: Floats) -> Gate:
    """Move one field after the other and see that pd goes the way the schema expects.

    A rise of what amounts are divided by, on which ratios and the level depend, may move pd either
    way, but not up in the mean.
    """
    before = candidate.pd(rows)
    wrong = []
    for place, field in enumerate(candidate.manifest.fields):
        step = MOVED * (field.trained_high - field.trained_low)
        moved = rows.copy()
        moved[:, place] += np.ceil(step) if FIELDS[place].kind == "integer" else step
        change = candidate.pd(moved) - before
        sign = FIELDS[place].sign
        worst = float((-sign * change).max())
        if sign == 0 and place == DIVISOR:
            worst = float(change.mean())
        if worst > TOLERANCE:
            wrong.append(field.name)
    found = f"of {len(rows):,} loans, moved in each field; the wrong way: {', '.join(wrong) or '-'}"
    return Gate(name="signs", passed=not wrong, found=found)
