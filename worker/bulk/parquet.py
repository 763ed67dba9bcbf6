"""A Parquet file: its columns, its number of rows, and some of its rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from protocol.application import FIELDS
from protocol.portfolio import Options, PortfolioError

MAGIC = b"PAR1"
#: Bytes a row has in a CSV, about: what the size of a range is divided by.
ROW_BYTES = 64
#: What may be passed to the results or be a key, beside numbers and text.
_PLAIN = (pl.Boolean, pl.Date, pl.Datetime, pl.Time)


def columns(path: Path, options: Options) -> tuple[str, ...]:
    """Read the names of the columns.

    Raises:
        PortfolioError: it is no Parquet file, or a wanted column is of a type that has no place in
            a line of results.
    """
    if path.stat().st_size == 0:
        raise PortfolioError("empty-file", "the file is empty; send a file with rows")
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise PortfolioError(
                "wrong-format", "the file is no Parquet file; give its format, or export it again"
            )
    with _readable():
        schema = pl.read_parquet_schema(path)
    _check_types(schema, options)
    return tuple(schema)


def count(path: Path) -> int:
    """Read how many rows there are.

    Raises:
        PortfolioError: the file is damaged.
    """
    with _readable():
        return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def rows(path: Path, start: int, end: int, wanted: tuple[str, ...]) -> pl.DataFrame:
    """Read the rows from `start` until before `end`, 0-based, of some columns.

    Raises:
        PortfolioError: the file is damaged.
    """
    with _readable():
        frame = pl.scan_parquet(path).select(wanted).slice(start, end - start).collect()
    if frame.height != end - start:
        raise PortfolioError(
            "unreadable", f"the Parquet file has no row {start + frame.height + 1}; export it again"
        )
    return frame


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        # The library's own text may quote what it read.
        raise PortfolioError(
            "unreadable", "the Parquet file is damaged or cut short; export it again"
        ) from error


def _check_types(schema: dict[str, pl.DataType], options: Options) -> None:
    fields = {options.column(field.name) for field in FIELDS}
    others = {*options.pass_through, options.reference or "reference"}
    for name in fields | others:
        kind = schema.get(name)
        if kind is None or kind.is_numeric() or kind == pl.String:
            continue
        if name in fields or kind not in _PLAIN:
            raise PortfolioError(
                "wrong-type",
                f"the column {name} is of type {kind}; fields are numbers or text, and what is"
                " passed through is a number, text, a date or a boolean: cast it",
            )
