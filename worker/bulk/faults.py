"""The faults of rows: every cell that is no value of its field, with its line and the reason."""

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from portfolio.layout import Layout
from protocol.application import FIELDS
from protocol.schema import Field
from worker.bulk.cells import FAULTS, LINE, Cells


class Checked(NamedTuple):
    """The rows that can be scored, and the faults of the others."""

    #: the rows of `Cells` without a fault; of their fields only `values` holds all
    rows: pl.DataFrame
    #: their fields in the order of `Application`, Float64
    values: pl.DataFrame
    #: one row a fault, in the order of the file, columns as in `FAULTS`
    faults: pl.DataFrame


def check(cells: Cells, layout: Layout) -> Checked:
    """Read the fields of all rows as numbers and sort out the rows with a fault.

    A cell has one fault at most, the first of missing, not-a-number, not-an-integer, out-of-range.
    Whole numbers may be written 3 or 3.0. NaN and infinity are no numbers.
    """
    rows, values = cells.rows, _values(cells.rows, layout)
    good = _good(values)
    if good.all():
        return Checked(rows, values, cells.faults)
    # Few as a rule: these alone are read as text, to quote a fault and to take what is only
    # written in another way.
    doubtful = cells.written(~good)
    read = _values(doubtful, layout)
    taken = _good(read)
    if taken.any():
        places = good.not_().arg_true()
        values = values.with_columns(
            values[name].scatter(places, read[name]) for name in values.columns
        )
        good = good.scatter(places, taken)
    found = _faults(doubtful.filter(~taken), read.filter(~taken), layout)
    faults = pl.concat([cells.faults, *found]).sort("line", maintain_order=True)
    return Checked(rows.filter(good), values.filter(good), faults)


def _values(rows: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Read the fields of rows as numbers, in the order of `Application`."""
    return pl.DataFrame(
        [
            numbers(rows[name], layout.options.decimal).alias(field.name)
            for field, name in zip(FIELDS, layout.fields, strict=True)
        ]
    )


def _good(values: pl.DataFrame) -> pl.Series:
    """Tell which rows have no fault; never null."""
    return values.select(pl.all_horizontal(_taken(field) for field in FIELDS)).to_series()


def numbers(cells: pl.Series, decimal: str) -> pl.Series:
    """Read a column as Float64; null where it is no finite number."""
    if cells.dtype == pl.String and decimal == ",":
        # A point is then a thousands separator, and those are refused.
        grouped = cells.str.contains(".", literal=True)
        cells = cells.str.replace(",", ".", literal=True).set(grouped, None)
    read = cells.cast(pl.Float64, strict=False)
    if cells.dtype == pl.String and read.null_count():
        # Spaces around a number are rare, and looking for them in every cell costs a third.
        trimmed = cells.str.strip_chars(" \t").cast(pl.Float64, strict=False)
        read = read.fill_null(trimmed)
    finite = read.is_finite().fill_null(value=False)
    return read if finite.all() else read.set(~finite, None)


def _taken(field: Field) -> pl.Expr:
    """Whether a value is one of the field's; never null."""
    column = pl.col(field.name)
    taken = column.is_between(field.low, field.high)
    if field.kind == "integer":
        taken = taken & (column == column.floor())
    return taken.fill_null(value=False)


def _faults(rows: pl.DataFrame, values: pl.DataFrame, layout: Layout) -> Iterator[pl.DataFrame]:
    key = pl.lit(None) if layout.reference is None else pl.col(layout.reference)
    for field, name in zip(FIELDS, layout.fields, strict=True):
        wrong = ~values.select(_taken(field)).to_series()
        yield (
            rows.filter(wrong)
            .select(
                pl.col(LINE).alias("line"),
                key.cast(pl.String).alias("reference"),
                pl.lit(name).alias("column"),
                _code(field, name, values[field.name].filter(wrong)).alias("code"),
                pl.lit(_message(field)).alias("message"),
                pl.col(name).cast(pl.String).alias("value"),
            )
            .match_to_schema(FAULTS)
        )


def _code(field: Field, name: str, read: pl.Series) -> pl.Expr:
    """Say what is wrong with cells that are no value of a field."""
    number = pl.lit(read)
    whole = pl.lit(field.kind == "number") | (number == number.floor())
    return (
        pl.when(pl.col(name).cast(pl.String).str.strip_chars(" \t").fill_null("") == "")
        .then(pl.lit("missing"))
        .when(number.is_null())
        .then(pl.lit("not-a-number"))
        .when(~whole)
        .then(pl.lit("not-an-integer"))
        .otherwise(pl.lit("out-of-range"))
    )


def _message(field: Field) -> str:
    """Say what a field takes.

    >>> _message(FIELDS[5])
    'fico_score takes a whole number from 300 to 850 (FICO points), without thousands separators'
    """
    kind = "whole number" if field.kind == "integer" else "number"
    return (
        f"{field.name} takes a {kind} from {field.low:g} to {field.high:g} ({field.unit}),"
        " without thousands separators"
    )
