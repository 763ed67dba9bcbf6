"""Invented portfolios of any size: the same rows every time, written block by block."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from training.generator import look_alike

#: Rows invented at once.
BLOCK = 100_000
_SEED = 2_025


class Bad(NamedTuple):
    """What is wrong with a bad row."""

    column: str
    #: what stands in the cell
    text: str
    #: the fault that has to be listed
    code: str


#: Taken in turn.
FAULTS = (
    Bad("income", "", "missing"),
    Bad("income", "n/a", "not-a-number"),
    Bad("years_employed", "4.5", "not-an-integer"),
    Bad("fico_score", "9999", "out-of-range"),
)


def write_csv(path: Path, rows: int, bad_every: int = 0) -> None:
    """Write a portfolio with a reference, `L` and the row's number, and the six fields.

    Args:
        path: replaced.
        rows: how many.
        bad_every: one row of so many has a fault, see `faults`; 0 is none.
    """
    with path.open("wb") as file:
        for block in _blocks(rows, bad_every):
            block.write_csv(file, include_header=file.tell() == 0)


def write_parquet(path: Path, csv: Path) -> None:
    """Write the rows of a CSV as Parquet, never all of them in memory."""
    pl.scan_csv(csv).sink_parquet(path)


def faults(rows: int, bad_every: int) -> pl.DataFrame:
    """List the faults of a portfolio: line, reference, column and code of each."""
    numbers = range(bad_every - 1, rows, bad_every)
    kinds = [FAULTS[turn % len(FAULTS)] for turn in range(len(numbers))]
    return pl.DataFrame(
        {
            # line 1 is the header
            "line": [number + 2 for number in numbers],
            "reference": [_reference(number) for number in numbers],
            "column": [kind.column for kind in kinds],
            "code": [kind.code for kind in kinds],
        }
    )


def _blocks(rows: int, bad_every: int) -> Iterator[pl.DataFrame]:
    for first in range(0, rows, BLOCK):
        count = min(BLOCK, rows - first)
        # Drawn whole, so that a smaller portfolio is the beginning of a larger one.
        block = pl.from_pandas(look_alike(BLOCK, _SEED + first // BLOCK)).head(count)
        numbers = pl.Series(np.arange(first, first + count))
        references = pl.Series("reference", [_reference(number) for number in numbers])
        block = block.drop("customer_id", "default").insert_column(0, references)
        yield _spoilt(block, numbers, bad_every) if bad_every else block


def _spoilt(block: pl.DataFrame, numbers: pl.Series, bad_every: int) -> pl.DataFrame:
    bad = numbers % bad_every == bad_every - 1
    turn = numbers // bad_every % len(FAULTS)
    for kind, fault in enumerate(FAULTS):
        cell = pl.col(fault.column).cast(pl.String)
        hit = pl.lit(bad & (turn == kind))
        text = pl.when(hit).then(pl.lit(fault.text or None, pl.String)).otherwise(cell)
        block = block.with_columns(text.alias(fault.column))
    return block


def _reference(number: int) -> str:
    return f"L{number:09}"
