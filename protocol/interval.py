"""Intervals: how far a share could be from what was counted, by chance alone."""

import math

#: Two ends, the lower first.
Interval = tuple[float, float]

#: Standard deviations on either side of 95 % of a normal distribution.
Z = 1.959963984540054


def share(hits: int, of: int) -> Interval:
    """Give Wilson's 95 % interval of a share, which also holds where all or none are hit.

    >>> [round(end, 4) for end in share(2_000, 2_000)]
    [0.9981, 1.0]
    >>> share(0, 0)
    (0.0, 1.0)

    Source: Wilson (1927); Brown, Cai and DasGupta, "Interval Estimation for a Binomial Proportion"
    (2001).
    """
    if not of:
        return 0.0, 1.0
    found, pull = hits / of, Z**2 / of
    middle = (found + pull / 2) / (1 + pull)
    half = Z / (1 + pull) * math.sqrt(found * (1 - found) / of + pull / (4 * of))
    return max(0.0, middle - half), min(1.0, middle + half)
