"""The tails, held to those of SciPy and to plain chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from monitoring.chance import (
    beyond_range,
    binomial_tail,
    binomial_two_sided,
    chi_squared_tail,
    homogeneity,
    wilson,
)


@given(st.floats(0, 500), st.integers(1, 40))
def test_chi_squared_is_scipys(statistic, freedom):
    assert chi_squared_tail(statistic, freedom) == pytest.approx(
        stats.chi2.sf(statistic, freedom), rel=1e-9, abs=1e-300
    )


@given(st.integers(0, 3_000), st.integers(0, 3_000), st.floats(0, 1))
def test_binomial_is_scipys(successes, trials, share):
    assert binomial_tail(successes, trials, share) == pytest.approx(
        stats.binom.sf(successes - 1, trials, share), rel=1e-7, abs=1e-12
    )


@given(st.integers(0, 300), st.integers(1, 300), st.floats(0, 1))
def test_two_sides_are_twice_the_smaller_tail(successes, trials, share):
    successes = min(successes, trials)
    at_least = stats.binom.sf(successes - 1, trials, share)
    at_most = stats.binom.cdf(successes, trials, share)
    expected = min(1, 2 * min(at_least, at_most))
    assert binomial_two_sided(successes, trials, share) == pytest.approx(expected, abs=1e-9)


@given(st.integers(0, 1_000), st.integers(1, 1_000))
def test_the_interval_is_scipys(successes, trials):
    successes = min(successes, trials)
    expected = stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert wilson(successes, trials) == pytest.approx(tuple(expected), abs=1e-12)


def test_pearsons_test_is_scipys():
    first, second = [800, 900, 1_000, 500], [80, 70, 130, 60]
    expected = stats.chi2_contingency([first, second], correction=False).pvalue
    assert homogeneity(first, second) == (pytest.approx(expected), 4)


def test_small_bins_are_pooled_with_their_neighbours():
    # of the second 0, 10, 0.1, 9.9 and 0 are expected: what is too small goes with a neighbour
    p_value, bins = homogeneity([0, 1_000, 10, 990, 0], [1, 9, 0, 9, 1])
    expected = stats.chi2_contingency([[1_000, 1_000], [10, 10]], correction=False).pvalue
    assert (p_value, bins) == (pytest.approx(expected), 2)


@pytest.mark.parametrize("outside", [1, 2, 3, 6])
def test_how_many_lie_outside_a_range_by_chance(outside):
    draw = np.random.default_rng(4)
    trained, window = draw.random((20_000, 60)), draw.random((20_000, 30))
    low, high = trained.min(axis=1, keepdims=True), trained.max(axis=1, keepdims=True)
    beyond = ((window < low) | (window > high)).sum(axis=1)
    assert np.mean(beyond >= outside) == pytest.approx(beyond_range(outside, 30, 60), abs=0.01)
    assert beyond_range(31, 30, 60) == 0.0
