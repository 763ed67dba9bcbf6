"""What chance alone does: the tails and intervals that every verdict of a report rests on.

The standard library's, because the rooms that look at a report carry no numpy.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from protocol import interval

#: Bins in which fewer are expected, in the window or in training, are pooled: from five on
#: Pearson's statistic keeps its rate, see docs/monitoring.md.
LEAST_EXPECTED = 5


class Interval(NamedTuple):
    """Both ends of a share, 0 to 1."""

    low: float
    high: float


def chi_squared_tail(statistic: float, freedom: int) -> float:
    """Give the probability that chi-squared is at least so large.

    A finite sum, as 26.4.4 and 26.4.5 of Abramowitz and Stegun, Handbook of Mathematical Functions.

    >>> round(chi_squared_tail(3.841458820694124, 1), 12), round(chi_squared_tail(16.919, 9), 4)
    (0.05, 0.05)

    Args:
        statistic: 0 or more.
        freedom: degrees of freedom, 1 or more.
    """
    half = statistic / 2
    if half == 0:
        return 1.0
    odd = freedom % 2
    terms = (
        math.exp((k + odd / 2) * math.log(half) - half - math.lgamma(k + 1 + odd / 2))
        for k in range((freedom - odd) // 2)
    )
    return min(1.0, math.fsum([math.erfc(math.sqrt(half)) if odd else 0.0, *terms]))


def homogeneity(first: Sequence[int], second: Sequence[int]) -> tuple[float | None, int]:
    """Test whether two samples, counted in the same bins, are of one population: Pearson's test.

    Neighbours are pooled until `LEAST_EXPECTED` of the second are expected in a bin, and as many of
    the first are in it: chosen by the first alone, so that the second's chance stays its own.

    >>> homogeneity([800, 200], [80, 20]), homogeneity([800, 200], [4, 1])
    ((1.0, 2), (None, 1))

    Args:
        first: counts of the training applicants.
        second: counts of those looked at.
    Returns:
        How often chance alone takes them so far apart or farther; None when too few are in the
        second to tell. And how many bins are left.
    """
    bins = _pooled(first, second)
    if len(bins) < 2:
        return None, len(bins)
    ours, theirs = sum(first), sum(second)
    share = theirs / (ours + theirs)
    statistic = math.fsum(
        (there - (here + there) * share) ** 2 / ((here + there) * share * (1 - share))
        for here, there in bins
    )
    return chi_squared_tail(statistic, len(bins) - 1), len(bins)


def _pooled(first: Sequence[int], second: Sequence[int]) -> list[tuple[int, int]]:
    of_first, of_second = sum(first), sum(second)
    bins: list[tuple[int, int]] = []
    here = there = 0
    for ours, theirs in zip(first, second, strict=True):
        here, there = here + ours, there + theirs
        if min(here, here * of_second / (of_first or 1)) >= LEAST_EXPECTED:
            bins.append((here, there))
            here = there = 0
    if bins and (here or there):  # the rest is too small for a bin of its own
        last = bins.pop()
        bins.append((last[0] + here, last[1] + there))
    return bins


def binomial_tail(successes: int, trials: int, share: float) -> float:
    """Give the probability of at least so many successes.

    >>> round(binomial_tail(1, 2, 0.5), 12), binomial_tail(0, 5, 0.1), binomial_tail(3, 2, 0.5)
    (0.75, 1.0, 0.0)

    Args:
        successes: 0 or more.
        trials: 0 or more, independent ones.
        share: probability of success in each, 0 to 1.
    """
    if successes <= 0:
        return 1.0
    if successes > trials or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    if successes <= trials * share:  # sum the other tail, which is short
        return 1 - _beyond(trials - successes + 1, trials, 1 - share)
    return _beyond(successes, trials, share)


def _beyond(successes: int, trials: int, share: float) -> float:
    """Sum the tail beyond the mean, whose terms shrink, until they matter no more."""
    odds = share / (1 - share)
    term = math.exp(
        math.lgamma(trials + 1)
        - math.lgamma(successes + 1)
        - math.lgamma(trials - successes + 1)
        + successes * math.log(share)
        + (trials - successes) * math.log1p(-share)
    )
    total = 0.0
    for count in range(successes, trials + 1):
        total += term
        if term < total * 1e-17:
            break
        term *= odds * (trials - count) / (count + 1)
    return min(total, 1.0)


def binomial_two_sided(successes: int, trials: int, share: float) -> float:
    """Give twice the smaller tail, 1 at most: how odd so many successes are, or so few.

    >>> binomial_two_sided(0, 1_000, 1e-9), round(binomial_two_sided(0, 10, 0.5), 6)
    (1.0, 0.001953)
    """
    at_least = binomial_tail(successes, trials, share)
    at_most = binomial_tail(trials - successes, trials, 1 - share)
    return min(1.0, 2 * min(at_least, at_most))


def wilson(successes: int, trials: int) -> Interval | None:
    """Give the score interval of a share (Wilson 1927); None of nothing.

    >>> [round(end, 4) for end in wilson(1, 10)]
    [0.0179, 0.4042]
    """
    return Interval(*interval.share(successes, trials)) if trials else None


def beyond_range(outside: int, window: int, trained: int) -> float:
    """Give the probability that so many of a window, or more, lie outside the trained range.

    The range goes from the least to the largest trained value. Each order of all values is as
    likely as any (Wilks 1941): the window's are to be the first or the last. Equal values make it
    less likely still.

    >>> round(beyond_range(1, 1, 99), 4), beyond_range(0, 5, 10)  # the least or the largest of 100
    (0.02, 1.0)

    Args:
        outside: values of the window below the least or above the largest trained one.
        window: values in the window.
        trained: values trained on, 2 or more.
    """
    if outside <= 0:
        return 1.0

    def run(length: int) -> float:
        """Give the probability that `length` given ones of the order are all the window's."""
        if length > window:
            return 0.0
        everyone = window + trained
        ours = math.lgamma(window + 1) - math.lgamma(window - length + 1)
        return math.exp(ours - math.lgamma(everyone + 1) + math.lgamma(everyone - length + 1))

    here = run(outside)
    return min(1.0, here + outside * (here - run(outside + 1)))
