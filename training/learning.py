"""The learning curve: what more loans would bring."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline

from training.models import fitted
from training.split import FOLDS, SEED, Places, Sample, folds

#: Shares of the loans that are learnt from.
SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)


class Point(NamedTuple):
    """What some loans teach, as means over the folds."""

    #: learnt from
    loans: int
    #: log loss on them and on the fold that was left out, nats per loan
    seen: float
    unseen: float


def curve(pipeline: Pipeline, learn: Sample, step: Callable[[], None]) -> list[Point]:
    """Fit a model on growing parts of the loans, over the folds of cross-validation.

    Args:
        pipeline: its settings are kept.
        learn: the loans.
        step: called after each fit.
    """
    return [_point(pipeline, learn, share, step) for share in SHARES]


def steps() -> int:
    """Count the fits of one curve."""
    return len(SHARES) * FOLDS


def _point(pipeline: Pipeline, learn: Sample, share: float, step: Callable[[], None]) -> Point:
    found = []
    for seen, unseen in folds(learn):
        part = learn.at(_drawn(seen, learn, share))
        model = fitted(clone(pipeline), part)
        found.append([len(part.rows), _loss(model, part), _loss(model, learn.at(unseen))])
        step()
    loans, known, unknown = np.mean(found, axis=0)
    return Point(int(loans), float(known), float(unknown))


def _drawn(places: Places, learn: Sample, share: float) -> Places:
    """Take a share of each class, two loans at least."""
    dice, taken = np.random.default_rng(SEED), []
    for outcome in (0, 1):
        those = places[learn.defaults[places] == outcome]
        taken.append(dice.permutation(those)[: max(2, round(share * len(those)))])
    return np.sort(np.concatenate(taken))


def _loss(model: Pipeline, sample: Sample) -> float:
    return float(log_loss(sample.defaults, model.predict_proba(sample.rows)[:, 1], labels=[0, 1]))
