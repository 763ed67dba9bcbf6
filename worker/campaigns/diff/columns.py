"""Pairs from a portfolio that carries its own past: a previous pd, a previous grade, or both."""

from collections.abc import Iterator

import polars as pl

from protocol.policy import Policy
from worker.bulk.verdicts import decisions, grades
from worker.campaigns.diff.finished import batches
from worker.campaigns.diff.movement import PAIRS


def pairs(rows: pl.LazyFrame, policy: Policy) -> Iterator[pl.DataFrame]:
    """Put each row beside what it says of itself; rows that say nothing are left out.

    Args:
        rows: the results, as `finished.scan` gives them.
        policy: in force now: where there is no grade before it is the band of the
            pd before, and the decision before is what its cut-offs say of that pd.
    Yields:
        Columns as in `PAIRS`.
    """
    for batch in batches(rows):
        yield _paired(batch, policy)


def _paired(batch: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    known = batch["previous_pd"].is_not_null()
    # Where there is none any pd will do: what is made of it is taken away again.
    pd = batch["previous_pd"].fill_null(0).to_numpy()
    derived = grades(pd, policy).set(~known, None)
    return (
        batch.with_columns(
            batch["previous_grade"].fill_null(derived).alias("grade_before"),
            decisions(pd, policy.cut_offs).set(~known, None).alias("decision_before"),
        )
        .rename(
            {
                "previous_pd": "pd_before",
                "pd": "pd_now",
                "grade": "grade_now",
                "decision": "decision_now",
            }
        )
        .filter(pl.col("grade_before").is_not_null())
        .select(PAIRS.names())
    )
