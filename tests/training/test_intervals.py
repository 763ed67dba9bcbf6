import numpy as np
import pytest

from protocol.interval import share
from training.intervals import intervals


def drawn(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    pd = dice.beta(2, 5, n)
    return (dice.random(n) < pd).astype(np.int64), pd


@pytest.mark.parametrize(
    "name", ["accuracy", "precision", "recall", "roc_auc", "brier", "log_loss"]
)
def test_about_nineteen_of_twenty_intervals_hold_the_truth(name: str) -> None:
    truth = np.mean(intervals(*drawn(1_000, 200_000))[name])
    found = [intervals(*drawn(seed))[name] for seed in range(200)]
    held = np.mean([low <= truth <= high for low, high in found])
    assert 0.90 <= held <= 0.99


def test_a_share_is_never_known_for_certain() -> None:
    assert share(0, 10)[1] > 0.2
    assert share(10, 10)[0] < 0.8


def test_a_perfect_ranking_has_an_interval_that_is_a_point() -> None:
    defaults = np.array([0, 0, 1, 1])
    assert intervals(defaults, np.array([0.1, 0.2, 0.8, 0.9]))["roc_auc"] == (1.0, 1.0)


def test_equal_pds_rank_as_half() -> None:
    low, high = intervals(np.array([0, 1] * 50), np.full(100, 0.3))["roc_auc"]
    assert (low, high) == (0.5, 0.5)
