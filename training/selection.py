"""The selection: which of the models is best, by a rule, and which is served."""

import math
from collections.abc import Mapping
from typing import NamedTuple

#: From the simplest on.
SIMPLEST_FIRST = ("logistic-regression", "decision-tree", "random-forest")
RULE = (
    "best is the simplest model whose mean log loss in cross-validation is within one standard"
    " error of the lowest; served is the logistic regression, whose reasons are exact"
)


class Selection(NamedTuple):
    """What the rule found."""

    best: str
    served: str
    #: the best of the models that are not served
    challenger: str

    @property
    def text(self) -> str:
        """Say it in a line."""
        if self.best == self.served:
            return f"{self.best} is best and served; {self.challenger} is the best of the others"
        return (
            f"{self.best} is best, but its reasons would not be exact: it is the challenger,"
            f" and {self.served} is served"
        )


def select(figures: Mapping[str, Mapping[str, float]], folds: int, served: str) -> Selection:
    """Apply `RULE`.

    >>> loss = lambda mean, sd: {"cv_log_loss": mean, "cv_log_loss_sd": sd}
    >>> found = select({"logistic-regression": loss(0.11, 0.01), "decision-tree": loss(0.3, 0.01),
    ...                 "random-forest": loss(0.10, 0.04)}, 4, "logistic-regression")
    >>> found.best, found.challenger  # 0.11 is within 0.10 + 0.04 / 2
    ('logistic-regression', 'random-forest')

    Args:
        figures: model name -> its figures, cv_log_loss and cv_log_loss_sd among them.
        folds: that they are means over.
        served: name of the model that is served whatever is best.
    """
    others = [name for name in figures if name != served]
    return Selection(_best(figures, list(figures), folds), served, _best(figures, others, folds))


def _best(figures: Mapping[str, Mapping[str, float]], names: list[str], folds: int) -> str:
    lowest = min(names, key=lambda name: figures[name]["cv_log_loss"])
    error = figures[lowest]["cv_log_loss_sd"] / math.sqrt(folds)
    bound = figures[lowest]["cv_log_loss"] + error
    good = [name for name in names if figures[name]["cv_log_loss"] <= bound]
    return min(good, key=SIMPLEST_FIRST.index)
