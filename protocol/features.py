"""The feature work of the model: the amounts become ratios to one other field, the income in ours.

It stands in `protocol` because training fits it, the pickled pipeline names it, and the worker
folds it: one definition, so training and serving cannot drift apart. Which amounts, and what they
are divided by, is said in the schema.
"""

from typing import Any

from protocol.schema import SCHEMA

_RATIOS = {ratio.amount: ratio.name for ratio in SCHEMA.ratio_columns}

#: The columns the logistic regression sees, in order: position by position the fields of
#: `protocol.application.Application`, each amount's ratio in its place.
COLUMNS = tuple(_RATIOS.get(name, name) for name in SCHEMA.names)

#: Positions of the amounts; and of what they are divided by, None when there are none.
AMOUNTS = tuple(place for place, name in enumerate(SCHEMA.names) if name in _RATIOS)
DIVISOR = SCHEMA.place(SCHEMA.ratios.divisor) if SCHEMA.ratios else None
#: A divisor below this counts as this.
AT_LEAST = SCHEMA.ratios.at_least if SCHEMA.ratios else 1.0


def floored_divisor(rows: Any) -> Any:
    """Give what amounts are divided by, shape (n,): a divisor below `AT_LEAST` counts as that.

    So no income at all gives a very large ratio (and a pd near 1), not a division by zero. 1 where
    the schema has no ratios.

    Args:
        rows: numpy array of shape (n, fields), float64, columns as in `Application`.
    """
    if DIVISOR is None:
        return rows[:, 0] * 0 + 1
    divisor = rows[:, DIVISOR]
    return divisor + (divisor < AT_LEAST) * (AT_LEAST - divisor)


def ratios_for_amounts(rows: Any, order: str = "C") -> Any:
    """Replace each amount by its ratio: in ours loan by lti, debt by dti, shares of the income.

    Args:
        rows: numpy array of shape (n, fields), float64, columns as in `Application`. Not changed.
        order: how the answer lies in memory: "C" has each row together, "F" each column.
    Returns:
        A new array of the same shape, columns as in `COLUMNS`.
    """
    floored = floored_divisor(rows)
    columns = rows.copy(order)
    for amount in AMOUNTS:
        columns[:, amount] = rows[:, amount] / floored
    return columns
