"""Stability: how far a portfolio has moved from the applicants the model was trained on."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from protocol.artefact import Histogram


class Level(StrEnum):
    """How far something has moved, as a report of monitoring judges it."""

    #: too few were scored to tell
    TOO_FEW = "too-few"
    STABLE = "stable"
    WATCH = "watch"
    MOVED = "moved"


#: What an empty bin counts as, so that its logarithm exists: half an applicant.
EMPTY = 0.5


def psi(expected: Sequence[int], actual: Sequence[int]) -> float:
    """Population stability index: sum of (a - e) * ln(a / e) over the shares of each bin.

    By custom below 0.1 is stable and above 0.25 has moved (Siddiqi, Credit Risk Scorecards, 2006).

    >>> round(psi([50, 50], [25, 75]), 4)  # -0.25 * ln 0.5 + 0.25 * ln 1.5 = 0.1733 + 0.1014
    0.2747
    >>> psi([800, 200], [80, 20])
    0.0

    Args:
        expected: counts of the training applicants.
        actual: counts of those looked at, in the same bins. An empty bin on either side counts as
            `EMPTY`.
    Raises:
        ValueError: the two have not as many bins, or one of them counts nobody.
    """
    if len(expected) != len(actual):
        raise ValueError(f"{len(expected)} bins expected but {len(actual)} given; use the same")
    if not sum(expected) or not sum(actual):
        raise ValueError("nobody was counted; a share of nobody means nothing")
    pairs = zip(_shares(expected), _shares(actual), strict=True)
    return math.fsum((now - then) * math.log(now / then) for then, now in pairs)


def distribution(
    trained: Histogram, below: int, counts: Sequence[int], above: int
) -> dict[str, Any]:
    """Put counts beside those of the training applicants.

    Args:
        trained: edges, and the training applicants between them.
        below: of those looked at, below the first edge.
        counts: between the edges.
        above: above the last edge.
    Returns:
        JSON object; `psi` counts `below` and `above` as two bins more, and is None of nobody.
    """
    actual = [below, *counts, above]
    return {
        "edges": trained.edges,
        "below": below,
        "counts": list(counts),
        "above": above,
        "trained": trained.counts,
        "psi": psi([0, *trained.counts, 0], actual) if sum(actual) else None,
    }


def _shares(counts: Sequence[int]) -> list[float]:
    filled = [count or EMPTY for count in counts]
    return [count / sum(filled) for count in filled]
