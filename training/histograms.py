"""Histograms of the training applicants: what a later PSI compares live applicants with."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from protocol.application import FIELDS
from protocol.artefact import Histogram
from protocol.features import COLUMNS, ratios_for_amounts
from protocol.policy import Grade

Floats = npt.NDArray[np.float64]

#: Shares at which fields are cut: tenths, fewer where many applicants have the same value.
CUTS = np.linspace(0, 1, 11)


def histograms(rows: Floats, pd: Floats, grades: Sequence[Grade]) -> dict[str, Histogram]:
    """Count applicants: each field and ratio by tenths, pd by grade.

    Args:
        rows: shape (n, fields), columns as in `Application`.
        pd: shape (n,), of the same applicants.
        grades: bands of pd, of the policy in force.
    Returns:
        One of each field, of each ratio, and of "pd". Applicants beyond the outer edges, who can
        only come later, belong to the outer bins.
    """
    by_field = zip((field.name for field in FIELDS), rows.T, strict=True)
    by_column = zip(COLUMNS, ratios_for_amounts(rows).T, strict=True)
    tenths = {name: by_tenths(values) for name, values in (*by_field, *by_column)}
    grade_ends = [0.0, *(grade.pd_below for grade in grades[:-1]), 1.0]
    return {**tenths, "pd": _counted(pd, np.array(grade_ends))}


def by_tenths(values: Floats) -> Histogram:
    """Count values between their tenths.

    >>> by_tenths(np.array([0.0, 0.0, 0.0, 4.0, 8.0])).counts  # a bin starts at each of 0 and 4
    [3, 2]
    """
    edges = np.unique(np.quantile(values, CUTS, method="nearest"))
    if len(edges) == 1:
        edges = np.array([edges[0], edges[0] + 1])  # all alike: one bin still needs an end
    return _counted(values, edges)


def _counted(values: Floats, edges: Floats) -> Histogram:
    counts, _ = np.histogram(values, edges)
    return Histogram(edges=edges.tolist(), counts=counts.tolist())
