"""What everybody is asked: invented applications, and the pd each must be answered."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.artefact import pipeline
from protocol.application import Application

#: Largest difference of an answer from `predict_proba`.
TOLERANCE = 1e-12
#: Applicants drawn for each one kept, see `invent`.
DRAWN_PER_CASE = 50


class Case(NamedTuple):
    """One question and its right answer."""

    application: Application
    #: of `predict_proba`, computed here and not by any service
    pd: float

    def agrees(self, pd: float) -> bool:
        """Tell whether an answer is the right one; NaN is not."""
        return abs(pd - self.pd) <= TOLERANCE


def invent(artefact: Path, count: int, seed: int = 2_025) -> list[Case]:
    """Draw applicants evenly over what the fields may hold, and keep the least certain ones.

    A steep model gives most applicants a pd of 0 or 1 to the last digit, and an answer that was
    mixed up with a neighbour's would pass there for the right one.
    """
    rows = _draw(np.random.default_rng(seed), count * DRAWN_PER_CASE)
    pds = pipeline(artefact).predict_proba(rows)[:, 1]
    kept = np.sort(np.argsort(np.abs(pds - 0.5), kind="stable")[:count])
    return [
        Case(_application(row), pd)
        for row, pd in zip(rows[kept].tolist(), pds[kept].tolist(), strict=True)
    ]


def draw(count: int, seed: int) -> list[Application]:
    """Draw applicants evenly over what the fields may hold."""
    rows = _draw(np.random.default_rng(seed), count)
    return [_application(row) for row in rows.tolist()]


def _application(row: list[float]) -> Application:
    lines, loan, debt, income, years, fico = row
    return Application(int(lines), loan, debt, income, int(years), int(fico))


def _draw(draw: np.random.Generator, rows: int) -> npt.NDArray[np.float64]:
    """Draw rows, columns as in `Application`."""
    lines, years, fico = (
        draw.integers(low, high, rows) for low, high in ((0, 6), (0, 11), (300, 851))
    )
    income = draw.uniform(1_000, 150_000, rows).round(2)
    loan = (income * draw.uniform(0.01, 0.1, rows)).round(2)
    debt = (income * draw.uniform(0.01, 0.4, rows)).round(2)
    return np.column_stack((lines, loan, debt, income, years, fico))
