"""The split: rows a model learns from, and rows held out to measure it."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import train_test_split

from training.data import TrainingData

#: Seed of the split and of everything else that draws.
SEED = 42
#: Share of the rows held out.
HELD_OUT = 0.2


class Sample(NamedTuple):
    """Loans with their outcome."""

    #: shape (n, 6), columns as in `Application`
    rows: npt.NDArray[np.float64]
    #: shape (n,), 1 is a default
    defaults: npt.NDArray[np.int64]


class Split(NamedTuple):
    """Two samples without a loan in common."""

    learn: Sample
    held_out: Sample


def split(data: TrainingData) -> Split:
    """Hold out a fifth of the loans, with the same share of defaults in both parts."""
    learn_rows, held_rows, learn_defaults, held_defaults = train_test_split(
        data.rows,
        data.defaults,
        test_size=HELD_OUT,
        random_state=SEED,
        stratify=data.defaults,
    )
    return Split(Sample(learn_rows, learn_defaults), Sample(held_rows, held_defaults))
