"""The ROC curve is thinned out for pages, never bent."""

import numpy as np
from sklearn.metrics import auc, roc_curve

from training.figures import POINTS, roc


def test_a_long_curve_is_thinned_out_to_points_of_its_own() -> None:
    dice = np.random.default_rng(5)
    defaults = dice.integers(0, 2, 4_000)
    pd = np.clip(dice.normal(0.4 + 0.2 * defaults, 0.2), 0, 1)
    cuts = roc(defaults, pd)
    assert POINTS / 2 < len(cuts) <= POINTS + 1
    across, up, _ = roc_curve(defaults, pd)
    whole = set(zip(across, up, strict=True))
    assert {(cut.false_alarms, cut.caught) for cut in cuts} <= whole
    thin = auc([cut.false_alarms for cut in cuts], [cut.caught for cut in cuts])
    assert abs(thin - auc(across, up)) < 0.005
    assert [cut.pd for cut in cuts if cut.pd is None] == [None]  # at the first nobody is flagged


def test_a_perfect_ranking_turns_its_corner() -> None:
    cuts = roc(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9]))
    assert [(cut.false_alarms, cut.caught) for cut in cuts] == [(0, 0), (0, 0.5), (0, 1), (1, 1)]
