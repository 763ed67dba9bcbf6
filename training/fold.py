"""The fold: a fitted logistic pipeline as one line over the columns of `protocol.features`."""

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline

from protocol.artefact import Fold
from protocol.errors import ArtefactError
from protocol.features import COLUMNS, ratios_for_amounts

Floats = npt.NDArray[np.float64]

#: Largest distance of a folded pd from the pipeline's.
TOLERANCE = 1e-12


def fold_of(pipeline: Pipeline) -> Fold:
    """Fold scaling into the coefficients; a column the model leaves out has coefficient 0.

    A column x enters as coefficient * (x - mean) / scale, hence as coefficient / scale of itself,
    and the means join the intercept.

    Args:
        pipeline: of `training.models.logistic_regression`.
    """
    scaler, classifier = pipeline[-2], pipeline[-1]
    kept = kept_columns(pipeline)
    slopes = np.zeros(len(COLUMNS))
    slopes[kept] = classifier.coef_[0] / scaler.scale_
    return Fold(
        columns=list(COLUMNS),
        intercept=float(classifier.intercept_[0] - slopes[kept] @ scaler.mean_),
        coefficients=slopes.tolist(),
    )


def folded_pd(fold: Fold, rows: Floats) -> Floats:
    """Compute pd from the fold.

    Args:
        fold: of a logistic model.
        rows: shape (n, fields), columns as in `Application`.
    Returns:
        Shape (n,), 0..1.
    """
    logit = fold.intercept + ratios_for_amounts(rows) @ np.array(fold.coefficients)
    # one exponential of a number never above 0: no overflow, full precision at both ends
    small = np.exp(-np.abs(logit))
    return np.asarray(np.where(logit >= 0, 1, small) / (1 + small))


def check_fold(fold: Fold, pipeline: Pipeline, rows: Floats) -> None:
    """Prove that the fold and the pipeline give the same pd on these rows.

    Raises:
        ArtefactError: they differ by more than `TOLERANCE`.
    """
    worst = float(np.abs(folded_pd(fold, rows) - pipeline.predict_proba(rows)[:, 1]).max())
    if not worst <= TOLERANCE:
        raise ArtefactError(
            f"the folded model differs from the fitted one by {worst:.1e} in pd, more than"
            f" {TOLERANCE:.0e}; nothing was exported, the last artefact stands"
        )


def kept_columns(pipeline: Pipeline) -> list[int]:
    """Give the places in `COLUMNS` that the model reads."""
    kept = pipeline.named_steps.get("columntransformer")
    return list(range(len(COLUMNS))) if kept is None else list(kept.transformers_[0][2])
