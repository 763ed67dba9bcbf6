"""Movement: what has become of rows whose score before is known, counted a batch at a time."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from protocol.policy import DECISIONS

#: Movers named.
MOVERS = 20
#: One row scored before and now. Of before, the grade is known; pd and decision are both or null.
PAIRS = pl.Schema(
    {
        "line": pl.Int64,
        "reference": pl.String,
        "pd_before": pl.Float64,
        "pd_now": pl.Float64,
        "grade_before": pl.String,
        "grade_now": pl.String,
        "decision_before": pl.String,
        "decision_now": pl.String,
    }
)
_NAMED = ("line", "reference", "pd_before", "pd_now", "grade_before", "grade_now")
#: (before, now) -> rows
_Moves = dict[tuple[str, str], int]


class Movement:
    """Adds up pairs; its size does not depend on how many there are.

    Args:
        grades: of the policy, from the safest.
    """

    def __init__(self, grades: Sequence[str]) -> None:
        #: pairs
        self.compared = 0
        self._bands = grades
        self._grades: _Moves = {}
        self._decisions: _Moves = {}
        #: pairs with a pd before
        self._known = 0
        #: sums of the pd before, of the pd now, of the change
        self._sums = [0.0, 0.0, 0.0]
        self._movers = _with_change(PAIRS.to_frame())

    def add(self, pairs: pl.DataFrame) -> None:
        """Count some pairs, columns as in `PAIRS`."""
        self.compared += pairs.height
        _count(self._grades, pairs, "grade")
        known = _with_change(pairs.filter(pl.col("pd_before").is_not_null()))
        self._known += known.height
        _count(self._decisions, known, "decision")
        for place, name in enumerate(("pd_before", "pd_now", "change")):
            self._sums[place] += float(known[name].sum())
        self._keep_movers(known)

    def grades(self) -> dict[str, dict[str, int]]:
        """Give the migration matrix: grade before -> grade now -> rows.

        A grade before that is none of the policy in force now comes after those that are.
        """
        others = sorted({before for before, _ in self._grades} - set(self._bands))
        return _matrix(self._grades, [*self._bands, *others], self._bands)

    def decisions(self) -> dict[str, Any]:
        """Give what needs a pd before: decisions, flips, means of pd, the largest movers."""
        means = (total / self._known if self._known else None for total in self._sums)
        names = ("mean_before", "mean_now", "mean_change")
        return {
            "decisions": _matrix(self._decisions, DECISIONS, DECISIONS),
            "flips": sum(rows for (was, now), rows in self._decisions.items() if was != now),
            "pd": {"compared": self._known, **dict(zip(names, means, strict=True))},
            "movers": self._movers.select(_NAMED).to_dicts(),
        }

    def _keep_movers(self, known: pl.DataFrame) -> None:
        size = pl.col("change").abs()
        if self._movers.height == MOVERS:
            # Most rows are smaller than the smallest kept, and need not be sorted.
            known = known.filter(size >= abs(self._movers["change"][-1]))
        both = pl.concat([self._movers, known])
        self._movers = both.sort(size, "line", descending=[True, False]).head(MOVERS)


def _with_change(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.with_columns((pl.col("pd_now") - pl.col("pd_before")).alias("change"))


def _count(counts: _Moves, pairs: pl.DataFrame, name: str) -> None:
    for before, now, rows in pairs.group_by(f"{name}_before", f"{name}_now").len().rows():
        counts[before, now] = counts.get((before, now), 0) + rows


def _matrix(counts: _Moves, before: Sequence[str], now: Sequence[str]) -> dict[str, dict[str, int]]:
    return {was: {then: counts.get((was, then), 0) for then in now} for was in before}
