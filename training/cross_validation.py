"""Cross-validation: a model measured on loans it has not learnt from, fold by fold."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from training.metrics import measured
from training.models import fitted
from training.split import FOLDS, Sample, folds


class CrossValidated(NamedTuple):
    """What all folds together show."""

    #: cv_<figure> is the mean over the folds of a figure of `training.metrics`, and
    #: cv_<figure>_sd its standard deviation
    figures: dict[str, float]
    #: folds that were measured
    folds: int
    #: shape (n,): each loan's pd by the model of the first round that had not seen it
    unseen_pd: npt.NDArray[np.float64]


def cross_validated(
    pipeline: Pipeline, learn: Sample, repeats: int, step: Callable[[], None]
) -> CrossValidated:
    """Fit a model anew on each fold's other loans and measure it on the fold.

    Args:
        pipeline: its settings are kept, the strength C of a logistic regression among them: that
            was chosen on the same loans, which flatters it a little.
        learn: the loans.
        repeats: how often all of them are parted into `FOLDS` anew.
        step: called after each fold.
    """
    unseen, every = np.zeros(len(learn.rows)), []
    for number, (seen, held_out) in enumerate(folds(learn, repeats)):
        model = fitted(clone(pipeline), learn.at(seen))
        pd = model.predict_proba(learn.rows[held_out])[:, 1]
        every.append(measured(learn.defaults[held_out], pd))
        if number < FOLDS:
            unseen[held_out] = pd
        step()
    found = {name: [figures[name] for figures in every] for name in every[0]}
    figures = {f"cv_{name}": float(np.mean(values)) for name, values in found.items()}
    figures |= {f"cv_{name}_sd": float(np.std(values, ddof=1)) for name, values in found.items()}
    return CrossValidated(figures, len(every), unseen)
