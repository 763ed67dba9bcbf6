"""The scorecard as one SQL query: the served model's coefficients and the policy, nothing else.

It computes what a worker does, column by column in the same order; `tests/cli/test_export.py` runs
it in DuckDB and SQLite beside the service.
"""

import json
import math
from collections.abc import Iterator

from protocol.application import EXPOSURE, FIELDS
from protocol.artefact import Manifest
from protocol.features import AMOUNTS, AT_LEAST, DIVISOR
from protocol.policy import Policy


def query(manifest: Manifest, policy: Policy, table: str) -> str:
    """Write the query that scores every row of a table.

    Args:
        manifest: of the model.
        policy: what is made of a pd.
        table: its name as SQL takes it; it has the fields of an application, and no column
            named as one that the query adds.
    Returns:
        One SELECT: all columns of the table, then the floored divisor if there is one, logit, pd,
        exact_points, points, grade, decision and expected_loss.
    """
    # S608: the words in it are numbers, checked names and what is written below
    return f"""{_head(manifest, policy)}
WITH floored AS (
  SELECT *{_floored()}
  FROM {table}
), logits AS (
  SELECT *, {_logit(manifest)} AS logit
  FROM floored
), pds AS (
  SELECT *, CASE WHEN logit >= 0 THEN 1e0 / (1e0 + EXP(-logit))
    ELSE EXP(logit) / (1e0 + EXP(logit)) END AS pd,
    {_exact_points(policy)} AS exact_points
  FROM logits
)
SELECT *,
  {_points(policy)} AS points,
  {_grade(policy)} AS grade,
  {_decision(policy)} AS decision,
  pd * {_literal(policy.lgd)} * {FIELDS[EXPOSURE].name} AS expected_loss
FROM pds;
"""  # noqa: S608


def _head(manifest: Manifest, policy: Policy) -> str:
    ranges = "\n".join(
        f"--   {field.name}: {field.kind}, {field.low:g} to {field.high:g}" for field in FIELDS
    )
    # as JSON: a line break in a name must not end the comment
    return f"""\
-- Model {json.dumps(manifest.name)} {json.dumps(manifest.version)}, {manifest.digest}.
-- Policy {policy.version}, {policy.digest}.
-- It scores any row; the service refuses a field that is missing or out of its range:
{ranges}
-- Runs in DuckDB and in SQLite with its mathematical functions."""


def _floored() -> str:
    if DIVISOR is None:
        return ""
    name, least = FIELDS[DIVISOR].name, _literal(AT_LEAST)
    return f", CASE WHEN {name} < {least} THEN {least} ELSE {_number(name)} END AS floored_{name}"


def _logit(manifest: Manifest) -> str:
    fold = manifest.fold
    terms = [_literal(fold.intercept)]
    for column, coefficient in zip(_columns(), fold.coefficients, strict=True):
        terms.append(f"{column} * {_literal(coefficient)}")
    return "\n    + ".join(terms)


def _columns() -> Iterator[str]:
    """Give each column of the model as an expression; an amount over the floored divisor."""
    for place, field in enumerate(FIELDS):
        number = _number(field.name)
        if place in AMOUNTS and DIVISOR is not None:
            number += f" / floored_{FIELDS[DIVISOR].name}"
        yield number


def _exact_points(policy: Policy) -> str:
    scale = policy.scale
    worth, odds = scale.pdo / math.log(2), math.log(scale.base_odds)
    return f"{_literal(scale.base_points)} - {_literal(worth)} * (logit + {_literal(odds)})"


def _points(policy: Policy) -> str:
    lowest, highest = policy.scale.lowest, policy.scale.highest
    return (
        f"CASE WHEN exact_points < {lowest} THEN {lowest}"
        f"\n    WHEN exact_points > {highest} THEN {highest}"
        "\n    ELSE CAST(ROUND(exact_points) AS INTEGER) END"
    )


def _grade(policy: Policy) -> str:
    *bands, last = policy.grades
    cases = "".join(
        f"\n    WHEN pd < {_literal(band.pd_below)} THEN '{band.grade}'" for band in bands
    )
    return f"CASE{cases}\n    ELSE '{last.grade}' END" if bands else f"'{last.grade}'"


def _decision(policy: Policy) -> str:
    cuts = policy.cut_offs
    return (
        f"CASE WHEN pd < {_literal(cuts.approve_below)} THEN 'approve'"
        f" WHEN pd > {_literal(cuts.decline_above)} THEN 'decline' ELSE 'review' END"
    )


def _number(field: str) -> str:
    """Read a field as a double: two integers would be divided without their fraction."""
    return f"CAST({field} AS DOUBLE PRECISION)"


def _literal(number: float) -> str:
    """Write a number as a double with all its digits: without an exponent it would be a decimal.

    >>> _literal(0.05), _literal(-1e-06), _literal(20)
    ('0.05e0', '-1e-06', '20.0e0')
    """
    text = repr(float(number))
    return text if "e" in text else f"{text}e0"
