"""Look-alike data: invented loans drawn like a bank's, for a machine that has no data of its own.

Every figure below describes a population of 10,000 loans; no row of it is used.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: What is drawn of each loan.
COLUMNS = (
    "customer_id",
    "credit_lines_outstanding",
    "loan_amt_outstanding",
    "total_debt_outstanding",
    "income",
    "years_employed",
    "fico_score",
    "default",
)
#: Share of applicants with 0..5 open credit lines.
LINE_SHARES = (0.413, 0.259, 0.090, 0.060, 0.048, 0.130)
#: By lines: mean and standard deviation of debt / income, years employed and FICO score.
DTI = (
    (0.059, 0.026),
    (0.102, 0.018),
    (0.143, 0.023),
    (0.189, 0.020),
    (0.235, 0.024),
    (0.289, 0.027),
)
YEARS = ((4.16, 1.36), (5.39, 1.23), (5.37, 1.96), (4.59, 1.56), (3.98, 2.03), (3.78, 1.27))
FICO = ((642, 57), (655, 55), (650, 61), (626, 60), (607, 65), (597, 58))


def look_alike(rows: int = 10_000, seed: int = 42) -> pandas.DataFrame:
    """Draw invented loans.

    Args:
        rows: how many.
        seed: the same seed gives the same loans.
    Returns:
        `COLUMNS`, all that `training.data` reads.
    """
    draw = np.random.default_rng(seed)
    lines = draw.choice(len(LINE_SHARES), rows, p=np.divide(LINE_SHARES, sum(LINE_SHARES)))
    income = draw.normal(70_040, 20_072, rows).clip(1_000, 150_000).round(2)
    lti = draw.normal(0.0594, 0.0106, rows).clip(0.012, 0.102)
    dti = _by_lines(draw, lines, DTI).clip(0.010, 0.410)
    years = _by_lines(draw, lines, YEARS).round().clip(0, 10)
    fico = _by_lines(draw, lines, FICO).round().clip(408, 850)
    logit = default_logit(lines, lti, dti, years, fico)
    # a standard logistic number is below the logit with probability pd
    default = draw.logistic(size=rows) < logit
    drawn = (
        1_000_000 + draw.choice(9_000_000, rows, replace=False),
        lines,
        (lti * income).round(2),
        (dti * income).round(2),
        income,
        years.astype(np.int64),
        fico.astype(np.int64),
        default.astype(np.int64),
    )
    return pandas.DataFrame(dict(zip(COLUMNS, drawn, strict=True)))


def default_logit(lines: Ints, lti: Floats, dti: Floats, years: Floats, fico: Floats) -> Floats:
    """Give the log-odds of default: nearly a linear rule, lti having little weight.

    >>> round(float(default_logit(3, 0.0594, 0.2, 5, 600)), 1)  # -30.6 + 88.5 + 55 - 58.5 - 68.4
    -14.0
    """
    ratios = 60 * (lti - 0.0594) + 275 * dti
    return np.asarray(-30.6 + 29.5 * lines + ratios - 11.7 * years - 0.114 * fico)


def write(path: Path, loans: pandas.DataFrame) -> None:
    """Write loans as CSV, making the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    loans.to_csv(path, index=False)


def _by_lines(
    draw: np.random.Generator, lines: Ints, table: tuple[tuple[float, float], ...]
) -> Floats:
    mean, deviation = np.array(table)[lines].T
    return np.asarray(draw.normal(mean, deviation))
