"""Weights: what each column means to a fitted model, as a table for people."""

import math
from collections.abc import Mapping

import numpy as np
from sklearn.inspection import permutation_importance
from sklearn.pipeline import Pipeline

from protocol.application import FIELDS
from protocol.features import COLUMNS
from protocol.schema import SCHEMA
from training.fold import fold_of, kept_columns
from training.models import SIGNS
from training.split import SEED, Sample

_RATIO_STEPS = {ratio.amount: ratio.step for ratio in SCHEMA.ratio_columns}
#: A step of each of `COLUMNS` that a banker thinks in.
STEPS = tuple(_RATIO_STEPS.get(field.name, field.step) for field in FIELDS)
#: Times each field is shuffled.
SHUFFLES = 5


def coefficients(pipeline: Pipeline) -> str:
    """Set out coefficients and odds of a logistic regression as a Markdown table.

    The odds ratio is what the odds of default are multiplied by when the column grows by one step.
    """
    fold, kept = fold_of(pipeline), kept_columns(pipeline)
    deviations = dict(zip(kept, pipeline[-2].scale_, strict=True))
    rows = []
    for at, (column, slope) in enumerate(zip(COLUMNS, fold.coefficients, strict=True)):
        odds = f"{math.exp(slope * STEPS[at]):.4g}"
        spread = f"{slope * deviations[at]:.4f}" if at in deviations else "left out"
        expected = {1: "up", -1: "down", 0: "either"}[SIGNS[at]]
        rows.append(f"| {column} | {slope:.6g} | {spread} | {STEPS[at]:g} | {odds} | {expected} |")
    head = "| column | coefficient | of a standard deviation | step | odds ratio | may move risk |"
    return "\n".join([head, "| --- | ---: | ---: | ---: | ---: | --- |", *rows])


def impurity(pipeline: Pipeline) -> str:
    """Set out a tree's or forest's importance by impurity as a Markdown table."""
    rows = [
        f"| {column} | {weight:.4f} |"
        for column, weight in zip(COLUMNS, pipeline[-1].feature_importances_, strict=True)
    ]
    return "\n".join(["| column | importance by impurity |", "| --- | ---: |", *rows])


def importance(pipeline: Pipeline, held_out: Sample) -> dict[str, tuple[float, float]]:
    """Measure each field by shuffling it among held-out loans.

    Returns:
        Field -> mean and standard deviation of what the log loss grows by, nats per loan.
    """
    found = permutation_importance(
        pipeline,
        held_out.rows,
        held_out.defaults,
        scoring="neg_log_loss",
        n_repeats=SHUFFLES,
        random_state=SEED,
    )
    pairs = zip(np.asarray(found.importances_mean), np.asarray(found.importances_std), strict=True)
    return {
        field.name: (float(mean), float(spread))
        for field, (mean, spread) in zip(FIELDS, pairs, strict=True)
    }


def importance_table(found: Mapping[str, tuple[float, float]]) -> str:
    """Set `importance` out as a Markdown table."""
    rows = [f"| {name} | {mean:.4f} | {spread:.4f} |" for name, (mean, spread) in found.items()]
    head = "| field shuffled | log loss more | deviation |"
    return "\n".join([head, "| --- | ---: | ---: |", *rows])
