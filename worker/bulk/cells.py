"""The cells of a range, whatever the format of the file: what is wanted of each row, unchecked."""

from collections.abc import Callable
from typing import NamedTuple

import polars as pl

#: Columns of `Cells.rows` beside the wanted ones; no column of a file is called so.
LINE = "\0line"

#: The columns of faults and their types; `rejected` leaves out what was not asked for.
FAULTS = pl.Schema(
    {
        "line": pl.Int64,
        "reference": pl.String,
        "column": pl.String,
        "code": pl.String,
        "message": pl.String,
        "value": pl.String,
    }
)


def without_cells(lines: pl.Series, code: str, message: pl.Expr) -> pl.DataFrame:
    """Write the faults of rows that have no cells to speak of.

    Args:
        lines: a physical line each.
        code: of all of them.
        message: of each, in their order, or one for all.
    Returns:
        One row each, columns as in `FAULTS`.
    """
    rows = pl.DataFrame({"line": lines.cast(pl.Int64)})
    rows = rows.with_columns(pl.lit(code).alias("code"), message.alias("message"))
    return rows.match_to_schema(FAULTS, missing_columns="insert")


class Cells(NamedTuple):
    """What a range holds."""

    #: one row a row: `LINE`, then the wanted columns under their names in the file; a field of the
    #: application may be read as Float64 already, null where that takes a second look
    rows: pl.DataFrame
    #: rows that have no cells to speak of: one fault each, columns as in `FAULTS`
    faults: pl.DataFrame
    #: the second look: gives those of `rows` that a mask names as they are written
    written: Callable[[pl.Series], pl.DataFrame]
