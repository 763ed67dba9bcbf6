"""Invented portfolios, and the account of one: each row scored once, or among the errors."""

import io
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from chaos.case import demand
from chaos.checker import TOLERANCE
from chaos.offline import Oracle
from protocol.application import FIELDS

Rows = npt.NDArray[np.float64]
NAMES = [field.name for field in FIELDS]


class Portfolio(NamedTuple):
    """A CSV of applicants; their references are the mark and their number from 0."""

    content: bytes
    #: shape (rows, fields), as in `Application`
    rows: Rows
    mark: str
    #: numbers of the rows that have no income
    bad: frozenset[int]


def invent_portfolio(
    rows: int, seed: int, *, mark: str = "L", bad: Collection[int] = ()
) -> Portfolio:
    """Draw applicants and write them down.

    Args:
        rows: how many.
        seed: of the dice.
        mark: before the number in each reference.
        bad: numbers of rows that are written without an income.
    """
    dice = np.random.default_rng(seed)
    income = dice.uniform(20_000, 150_000, rows).round(2)
    columns = {
        NAMES[0]: dice.integers(0, 6, rows),
        NAMES[1]: (income * dice.uniform(0.01, 0.1, rows)).round(2),
        NAMES[2]: (income * dice.uniform(0.01, 0.4, rows)).round(2),
        NAMES[3]: income,
        NAMES[4]: dice.integers(0, 11, rows),
        NAMES[5]: dice.integers(300, 851, rows),
    }
    frame = pl.DataFrame(columns)
    absent = pl.Series("bad", np.isin(np.arange(rows), list(bad)))
    written = frame.select(
        pl.format(f"{mark}{{}}", pl.int_range(rows)).alias("reference"),
        *(pl.when(~absent).then(name).alias(name) if name == "income" else name for name in NAMES),
    )
    return Portfolio(written.write_csv().encode(), frame.to_numpy(), mark, frozenset(bad))


def account(sent: Portfolio, results: bytes, errors: bytes, oracle: Oracle) -> None:
    """Make sure that each row is in the results or among the errors, once, and rightly scored.

    Args:
        sent: the portfolio.
        results: of the campaign, CSV.
        errors: likewise.
        oracle: computes each pd anew.
    Raises:
        BrokenError: a row is lost, doubled, out of place or wrongly scored.
    """
    scored, refused = _table(results), _table(errors)
    good = [number for number in range(len(sent.rows)) if number not in sent.bad]
    demand(scored["reference"].to_list() == [f"{sent.mark}{one}" for one in good], "rows differ")
    faulty = {f"{sent.mark}{one}" for one in sent.bad}
    demand(refused.height == len(faulty) == len({*refused["reference"]} & faulty), "errors differ")
    pds = scored["pd"].cast(pl.Float64).to_numpy()
    apart = np.abs(pds - np.array(oracle.pds(sent.rows[good])))
    # Written so that NaN is wrong too.
    wrong = int((~(apart <= TOLERANCE)).sum())
    demand(wrong == 0, f"{wrong} rows are scored otherwise than offline")


def _table(content: bytes) -> pl.DataFrame:
    return pl.read_csv(io.BytesIO(content), infer_schema=False)
