"""Bands of pd: what the policy makes of held-out loans, beside what became of them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from protocol.interval import Interval, share
from protocol.policy import Policy

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
#: Ranges of pd that calibration is looked at in.
BINS = 10


class Band(NamedTuple):
    """Loans that are treated alike."""

    name: str
    loans: int
    defaults: int
    #: None without a loan
    mean_pd: float | None
    #: 95 % interval of the share of defaults
    interval: Interval


def by_grade(policy: Policy, defaults: Ints, pd: Floats) -> list[Band]:
    """Count the loans of each grade, the safest first: calibration where decisions are made."""
    ends = [grade.pd_below for grade in policy.grades]
    place = np.searchsorted(ends, pd, side="right")
    return [
        _band(grade.grade, defaults[place == at], pd[place == at])
        for at, grade in enumerate(policy.grades)
    ]


def by_decision(policy: Policy, defaults: Ints, pd: Floats) -> list[Band]:
    """Count the loans that would be approved, reviewed and declined: confusion at the cut-offs."""
    cuts = policy.cut_offs
    approve, decline = pd < cuts.approve_below, pd > cuts.decline_above
    named = {"approve": approve, "review": ~approve & ~decline, "decline": decline}
    return [_band(name, defaults[those], pd[those]) for name, those in named.items()]


def by_pd(defaults: Ints, pd: Floats) -> list[Band]:
    """Count the loans of each of `BINS` equally wide ranges of pd that has any: calibration."""
    ends = np.linspace(0, 1, BINS + 1)
    place = np.searchsorted(ends[1:-1], pd, side="right")
    return [
        _band(f"{ends[at]:.1f}", defaults[place == at], pd[place == at]) for at in np.unique(place)
    ]


def by_tenth(defaults: Ints, pd: Floats) -> list[Band]:
    """Count the loans of each tenth by pd, the riskiest first: their share of defaults is lift."""
    riskiest_first = np.argsort(-pd, kind="stable")
    return [
        _band(f"{number}", defaults[those], pd[those])
        for number, those in enumerate(np.array_split(riskiest_first, 10), start=1)
    ]


def lift(bands: list[Band]) -> float:
    """Give the first band's share of defaults as a multiple of the share among all.

    >>> lift([Band("1", 10, 5, 0.5, (0, 1)), Band("2", 10, 0, 0.1, (0, 1))])
    2.0
    """
    loans, defaults = sum(band.loans for band in bands), sum(band.defaults for band in bands)
    first = bands[0]
    return first.defaults / max(first.loans, 1) / (defaults / loans)


def table(bands: list[Band], what: str) -> str:
    """Set bands out as a Markdown table.

    >>> print(table([Band("A", 4, 1, 0.2, (0.05, 0.7))], "grade").splitlines()[2])
    | A | 4 | 1 | 0.2000 | 0.2500 | 0.0500 to 0.7000 |
    """
    rows = [
        f"| {band.name} | {band.loans:,} | {band.defaults:,} | {_mean(band)} |"
        f" {_share(band)} | {band.interval[0]:.4f} to {band.interval[1]:.4f} |"
        for band in bands
    ]
    head = f"| {what} | loans | defaults | mean pd | share of defaults | 95 % interval |"
    return "\n".join([head, "| --- | ---: | ---: | ---: | ---: | ---: |", *rows])


def _mean(band: Band) -> str:
    return "" if band.mean_pd is None else f"{band.mean_pd:.4f}"


def _share(band: Band) -> str:
    return f"{band.defaults / band.loans:.4f}" if band.loans else ""


def _band(name: str, defaults: Ints, pd: Floats) -> Band:
    count, loans = int(defaults.sum()), len(pd)
    return Band(name, loans, count, float(pd.mean()) if loans else None, share(count, loans))
