"""The feature work of the model: the two amounts become ratios to income.

It stands in `protocol` because training fits it, the pickled pipeline names it, and the worker
folds it: one definition, so training and serving cannot drift apart.
"""

from typing import Any

#: The columns the logistic regression sees, in order: position by position the six fields of
#: `protocol.application.Application`, with loan -> lti and debt -> dti.
COLUMNS = (
    "credit_lines_outstanding",
    "lti",
    "dti",
    "income",
    "years_employed",
    "fico_score",
)

#: Positions of the two amounts and of what they are divided by.
AMOUNTS, INCOME = (1, 2), 3


def floored_income(rows: Any) -> Any:
    """Give what amounts are divided by, shape (n,): an income below 1 currency unit counts as 1.

    So no income at all gives a very large ratio (and a pd near 1), not a division by zero.

    Args:
        rows: numpy array of shape (n, 6), float64, columns as in `Application`.
    """
    income = rows[:, INCOME]
    return income + (income < 1) * (1 - income)


def ratios_for_amounts(rows: Any, order: str = "C") -> Any:
    """Replace loan and debt by lti = loan / income and dti = debt / income.

    Args:
        rows: numpy array of shape (n, 6), float64, columns as in `Application`. Not changed.
        order: how the answer lies in memory: "C" has each row together, "F" each column.
    Returns:
        A new array of the same shape, columns as in `COLUMNS`.
    """
    floored = floored_income(rows)
    columns = rows.copy(order)
    for amount in AMOUNTS:
        columns[:, amount] = rows[:, amount] / floored
    return columns
