"""The cells of a range, whatever the format of the file: what is wanted of each row, unchecked."""

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


class Cells(NamedTuple):
    """What a range holds."""

    #: one row a row: `LINE`, then the wanted columns under their names in the file
    rows: pl.DataFrame
    #: rows that have no cells to speak of: one fault each, columns as in `FAULTS`
    faults: pl.DataFrame
