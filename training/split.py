"""The split: rows a model learns from, and rows held out to measure it."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    train_test_split,
)

from training.columns import DAY, GROUP
from training.data import TrainingData
from training.faults import DataError

#: Seed of the split and of everything else that draws.
SEED = 42
#: Share of the rows held out.
HELD_OUT = 0.2
FOLDS = 5

Places = npt.NDArray[np.intp]
#: Rows to learn from and rows to measure on, as places in a sample.
Fold = tuple[Places, Places]


class Sample(NamedTuple):
    """Loans with their outcome."""

    #: shape (n, fields), columns as in `Application`
    rows: npt.NDArray[np.float64]
    #: shape (n,), 1 is a default
    defaults: npt.NDArray[np.int64]
    #: shape (n,), a number for each group, whose loans are never parted; None parts any
    groups: npt.NDArray[np.int64] | None = None

    def at(self, places: Places) -> "Sample":
        """Take some of the loans."""
        groups = None if self.groups is None else self.groups[places]
        return Sample(self.rows[places], self.defaults[places], groups)


class Split(NamedTuple):
    """Two samples without a loan in common."""

    learn: Sample
    held_out: Sample
    #: how they were parted, for people
    how: str = "drawn with seed 42, the same share of defaults in both"


def split(data: TrainingData) -> Split:
    """Hold out a fifth of the loans: the latest, or whole groups, or drawn ones.

    A model is used on applications later than those it learnt from, so where the days are known the
    latest are held out; groups are then kept together in cross-validation alone.

    Raises:
        DataError: by day or by group one of the parts would have no defaults, or no others.
    """
    everything = Sample(data.rows, data.defaults, data.groups)
    if data.days is not None:
        learn, held_out, how = _latest(data.days)
    elif data.groups is not None:
        learn, held_out = folds(everything)[0]
        how = f"whole groups of `{GROUP}`, {len(set(data.groups[held_out]))} of them held out"
    else:
        learn, held_out = train_test_split(
            np.arange(len(data.frame)),
            test_size=HELD_OUT,
            random_state=SEED,
            stratify=data.defaults,
        )
        how = f"drawn with seed {SEED}, the same share of defaults in both"
    parts = Split(everything.at(learn), everything.at(held_out), how)
    _check(parts)
    return parts


def folds(sample: Sample, repeats: int = 1) -> list[Fold]:
    """Part a sample for cross-validation: the same folds for every model.

    Args:
        sample: its groups are kept together, and then repeated with another seed each time.
        repeats: how often all of it is parted anew.
    Returns:
        `FOLDS` * `repeats` folds, each with about the same share of defaults.
    Raises:
        DataError: there are fewer groups than folds.
    """
    if sample.groups is None:
        kind = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
        if repeats > 1:
            kind = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=repeats, random_state=SEED)
        return list(kind.split(sample.rows, sample.defaults))
    if len(set(sample.groups)) < FOLDS:
        raise DataError(
            f"{GROUP}: {len(set(sample.groups))} groups cannot be parted into {FOLDS};"
            " give more groups, or leave the column out"
        )
    return [
        fold
        for repeat in range(repeats)
        for fold in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED + repeat).split(
            *sample
        )
    ]


def _latest(days: npt.NDArray[np.datetime64]) -> tuple[Places, Places, str]:
    """Hold out the last fifth, a day never being parted."""
    first = np.sort(days)[int(len(days) * (1 - HELD_OUT))]
    later = days >= first
    how = f"by `{DAY}`: held out are the loans from {first} on"
    return np.flatnonzero(~later), np.flatnonzero(later), how


def _check(parts: Split) -> None:
    for sample, noun in ((parts.learn, "learnt from"), (parts.held_out, "held out")):
        for value, loans in ((0, "repaid loans"), (1, "defaults")):
            if np.count_nonzero(sample.defaults == value) < FOLDS:
                raise DataError(
                    f"{parts.how}: the rows {noun} have fewer than {FOLDS} {loans}; give more rows,"
                    f" or leave the columns {DAY} and {GROUP} out"
                )
