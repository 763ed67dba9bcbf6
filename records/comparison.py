"""A challenger and the champion compared in credit terms, from what `records.shade` has.

Differences are the challenger's pd less the champion's. Every interval is one of 95 %: Wilson's of
a share, the normal one of a mean.
"""

import math
import time
from typing import Any, cast

import polars as pl

from protocol.challenger import Challenger
from protocol.interval import Z, share
from protocol.policy import DECISIONS
from protocol.times import rfc3339

Document = dict[str, Any]
#: Of the differences.
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def report(rows: pl.DataFrame, challenger: Challenger, champion: str | None = None) -> Document:
    """Compare the two.

    Args:
        rows: columns as in `records.shade.SCHEMA`.
        challenger: they are of it.
        champion: digest of the model whose decisions are compared; None is the one that made the
            last of them.
    Returns:
        A document, see docs/models.md; what would be of nothing is None.
    """
    if champion is None and not rows.is_empty():
        champion = rows.sort("seq")["champion"][-1]
    mine = rows.filter(pl.col("champion") == champion)
    compared = mine.filter(pl.col("left_out").is_null())
    left_out = mine["left_out"].drop_nulls().value_counts(name="of").sort("left_out")
    return {
        "at": rfc3339(int(time.time() * 1_000)),
        "challenger": challenger.model_dump(include={"name", "version", "digest"}),
        "champion": champion,
        "policies": sorted(compared["policy"].unique()),
        "from": _day(mine["finished_ms"].min()),
        "to": _day(mine["finished_ms"].max()),
        "of_other_champions": rows.height - mine.height,
        "decisions": mine.height,
        "left_out": dict(left_out.iter_rows()),
        "all": _compared(compared),
        "grades": [
            {"grade": grade, **_compared(part)}
            for (grade,), part in sorted(compared.group_by("grade"), key=lambda pair: pair[0])
        ],
    }


def _compared(rows: pl.DataFrame) -> Document:
    matrix = {
        champion: {
            challenger: rows.filter(
                pl.col("champion_decision") == champion,
                pl.col("challenger_decision") == challenger,
            ).height
            for challenger in DECISIONS
        }
        for champion in DECISIONS
    }
    kept = sum(matrix[decision][decision] for decision in DECISIONS)
    return {
        "compared": rows.height,
        "pd": _pd(rows) if rows.height else None,
        "decisions": matrix,
        "flips": _share(rows.height - kept, rows.height),
        "first_reason": _agreement(rows, "champion_reason"),
        "first_reason_by_rule": _agreement(rows, "champion_reason_by_rule"),
    }


def _pd(rows: pl.DataFrame) -> Document:
    difference = rows["challenger_pd"] - rows["champion_pd"]
    mean, deviation = cast("float", difference.mean()), cast("float | None", difference.std())
    half = None if deviation is None else Z * deviation / math.sqrt(len(difference))
    return {
        "champion": rows["champion_pd"].mean(),
        "challenger": rows["challenger_pd"].mean(),
        "difference": mean,
        "interval": None if half is None else [mean - half, mean + half],
        "absolute": difference.abs().mean(),
        "lowest": difference.min(),
        "highest": difference.max(),
        "quantiles": {f"{at:g}": difference.quantile(at, "linear") for at in QUANTILES},
    }


def _agreement(rows: pl.DataFrame, champion: str) -> Document:
    """Count the decisions of which both name a first reason, and those where it is the same."""
    both = rows.select(champion, "challenger_reason").drop_nulls()
    return _share(both.filter(pl.col(champion) == pl.col("challenger_reason")).height, both.height)


def _share(count: int, of: int) -> Document:
    return {
        "count": count,
        "of": of,
        "share": count / of if of else None,
        "interval": list(share(count, of)) if of else None,
    }


def _day(milliseconds: Any) -> str | None:
    return None if milliseconds is None else rfc3339(milliseconds)[:10]
