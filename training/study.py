"""The study of a fitted model: everything that is measured, drawn and written of it.

A quick one measures what a comparison needs. The whole one adds what takes longer: repeated
cross-validation, the learning curve, permutation importance, and the tables and pictures of them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline

from protocol.policy import Policy
from training import bands, learning, plots, weights
from training.cross_validation import cross_validated
from training.metrics import measured
from training.models import SERVED
from training.split import FOLDS, Split

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Times the loans are parted anew in cross-validation, quickly and as a whole.
QUICK, WHOLE = 1, 3

Pages = dict[str, "Figure | str"]
Step = Callable[[], None]


class Unseen(NamedTuple):
    """Every loan of the file with the pd of a model that had not seen it."""

    #: shape (n,), 1 is a default
    defaults: npt.NDArray[np.int64]
    #: shape (n,), 0..1
    pd: npt.NDArray[np.float64]


class Study(NamedTuple):
    """What was found of one model."""

    pipeline: Pipeline
    #: those of `training.metrics` on the held-out loans, and cv_* of cross-validation
    figures: dict[str, float]
    #: file name -> picture or text
    pages: Pages
    unseen: Unseen
    #: folds of cross-validation
    folds: int


class Studies:
    """Studies of several models on the same terms.

    Args:
        parts: the loans to learn from and those held out.
        policy: its cut-offs and grades are those that loans are counted by.
        step: called `steps` times a model, as things go on.
        quick: leave out what takes long.
    """

    def __init__(self, parts: Split, policy: Policy, step: Step, *, quick: bool) -> None:
        self._parts = parts
        self._policy = policy
        self._step = step
        self._quick = quick

    def of(self, name: str, pipeline: Pipeline) -> Study:
        """Measure a model that was fitted on the loans to learn from.

        Args:
            name: of the model.
            pipeline: the model.
        """
        learn, held_out, _ = self._parts
        pd = pipeline.predict_proba(held_out.rows)[:, 1]
        figures = measured(held_out.defaults, pd)
        pages: Pages = {**plots.pictures(held_out.defaults, pd)}
        folded = cross_validated(pipeline, learn, QUICK if self._quick else WHOLE, self._step)
        unseen = Unseen(
            np.concatenate([learn.defaults, held_out.defaults]),
            np.concatenate([folded.unseen_pd, pd]),
        )
        if not self._quick:
            pages |= self._counted(pd, unseen) | self._learnt(pipeline)
            weigh = weights.coefficients if name == SERVED else weights.impurity
            pages["weights.md"] = weigh(pipeline)
        return Study(pipeline, figures | folded.figures, pages, unseen, folded.folds)

    def _counted(self, pd: npt.NDArray[np.float64], unseen: Unseen) -> Pages:
        """Count the loans by what is made of their pd."""
        defaults = self._parts.held_out.defaults
        tenths = bands.by_tenth(defaults, pd)
        decided = bands.by_decision(self._policy, defaults, pd)
        return {
            "calibration_cv.png": plots.calibration(*unseen),
            "grades.md": bands.table(bands.by_grade(self._policy, *unseen), "grade"),
            "cut_offs.png": plots.cut_offs(decided),
            "cut_offs.md": bands.table(decided, "decision"),
            "lift.png": plots.lift(tenths),
            "lift.md": bands.table(tenths, "tenth"),
        }

    def _learnt(self, pipeline: Pipeline) -> Pages:
        """Look at what the model learnt, and from how many loans."""
        shuffled = weights.importance(pipeline, self._parts.held_out)
        return {
            "learning_curve.png": plots.learning_curve(
                learning.curve(pipeline, self._parts.learn, self._step)
            ),
            "importance.png": plots.importance(shuffled),
            "importance.md": weights.importance_table(shuffled),
        }


def steps(*, quick: bool) -> int:
    """Count the steps of one study."""
    return FOLDS * QUICK if quick else FOLDS * WHOLE + learning.steps()
