"""What the rows of a portfolio say of their previous score."""

import polars as pl

from portfolio.layout import Layout
from protocol.policy import Policy
from worker.bulk.faults import numbers


def previous(rows: pl.DataFrame, layout: Layout, policy: Policy) -> list[pl.Series]:
    """Read the previous pd and grade of some rows.

    A value that is none is never a fault of the row: it is scored all the same.

    Args:
        rows: with the wanted columns under their names in the file.
        layout: of the file; names the columns, or none.
        policy: in force; a grade is one of its bands.
    Returns:
        The named ones of `PREVIOUS_COLUMNS`, in that order, as long as `rows`. pd as Float64, null
        where it is no number from 0 to 1; grade as String, null where it is none of the policy's.
    """
    options, found = layout.options, []
    if options.previous_pd is not None:
        pd = numbers(rows[options.previous_pd], options.decimal)
        found.append(_only(pd, pd.is_between(0, 1)).alias("previous_pd"))
    if options.previous_grade is not None:
        grade = rows[options.previous_grade].cast(pl.String).str.strip_chars(" \t")
        known = grade.is_in([band.grade for band in policy.grades])
        found.append(_only(grade, known).alias("previous_grade"))
    return found


def _only(values: pl.Series, usable: pl.Series) -> pl.Series:
    return values.set(~usable.fill_null(value=False), None)
