import numpy as np
import pytest

from protocol.application import FIELDS
from tests.policy import POLICY
from training.generator import look_alike
from training.histograms import by_tenths, histograms


def test_values_that_are_all_alike_still_make_a_histogram() -> None:
    assert by_tenths(np.full(7, 640.0)).counts == [7]


@pytest.mark.parametrize("pd", [0.0, 1.0, 0.0025, 0.2])
def test_a_pd_on_the_edge_of_a_grade_is_counted_once(pd: float) -> None:
    rows = look_alike(1)[[field.name for field in FIELDS]].to_numpy(np.float64)
    assert sum(histograms(rows, np.array([pd]), POLICY.grades)["pd"].counts) == 1


def test_every_applicant_is_counted_once_in_each_histogram() -> None:
    rows = look_alike(1_000)[[field.name for field in FIELDS]].to_numpy(np.float64)
    made = histograms(rows, np.linspace(0, 1, 1_000), POLICY.grades)
    assert set(made) == {*(field.name for field in FIELDS), "lti", "dti", "pd"}
    for name, histogram in made.items():
        assert sum(histogram.counts) == 1_000, name
        assert len(histogram.edges) == len(histogram.counts) + 1, name
        assert histogram.edges == sorted(set(histogram.edges)), name


def test_tenths_hold_about_a_tenth_each() -> None:
    counts = by_tenths(np.random.default_rng(1).normal(size=10_000)).counts
    assert len(counts) == 10
    assert all(990 <= count <= 1_010 for count in counts)
