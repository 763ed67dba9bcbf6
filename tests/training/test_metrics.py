import numpy as np
import pytest

from training import metrics

LOW = np.array([0.0, 0.1, 0.2, 0.3])


@pytest.mark.parametrize("outcome", [0, 1])
def test_one_class_gives_finite_figures_and_no_ranking(outcome: int) -> None:
    figures = metrics.measured(np.full(4, outcome), LOW)
    assert all(np.isfinite(value) for value in figures.values())
    assert (figures["roc_auc"], figures["gini"], figures["ks"]) == (0.5, 0, 0)


def test_a_model_that_flags_nobody_has_no_precision_rather_than_a_crash() -> None:
    figures = metrics.measured(np.array([0, 0, 1, 1]), LOW)
    assert figures["precision"] == figures["recall"] == figures["f1"] == 0
    assert figures["accuracy"] == 0.5


def test_being_sure_and_wrong_is_a_large_but_finite_log_loss() -> None:
    figures = metrics.measured(np.array([0, 1]), np.array([1.0, 0.0]))
    assert 30 < figures["log_loss"] < 40
    assert figures["brier"] == 1


def test_a_reversed_ranking_has_a_gini_of_minus_one() -> None:
    figures = metrics.measured(np.array([1, 1, 0, 0]), LOW)
    assert figures["gini"] == -1
    assert figures["ks"] == 0


def test_a_perfect_ranking_scores_one_everywhere() -> None:
    figures = metrics.measured(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9]))
    for name in ("accuracy", "precision", "recall", "f1", "roc_auc", "ks", "gini"):
        assert figures[name] == 1, name


def test_a_pd_of_exactly_one_half_counts_as_a_default() -> None:
    assert metrics.measured(np.array([1, 0]), np.array([0.5, 0.4]))["accuracy"] == 1
