"""The tally of a chunk: what it adds to the campaign's summary."""

from collections.abc import Sequence
from functools import reduce
from typing import Self

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from protocol.application import FIELDS
from protocol.policy import DECISIONS
from worker.bulk.chunk import Scored
from worker.scorer import Rows, Scorer


class Counts(BaseModel):
    """How many values lie between the edges of one of the manifest's histograms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: values below the first edge
    below: int
    #: one a bin, as `numpy.histogram` counts: a lower edge belongs to its bin, the last edge too
    bins: list[int]
    #: values above the last edge
    above: int

    @classmethod
    def of(cls, values: Rows, edges: Sequence[float]) -> Self:
        """Count values, shape (n,).

        >>> Counts.of(np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 2.1]), [0.0, 1.0, 2.0])
        Counts(below=1, bins=[2, 2], above=1)
        """
        # A dozen comparisons of a whole column take a tenth of the time of its sorting.
        below = [int(np.count_nonzero(values < edge)) for edge in edges]
        above = int(np.count_nonzero(values > edges[-1]))
        below_end = [*below[1:-1], len(values) - above]
        bins = [end - start for start, end in zip(below[:-1], below_end, strict=True)]
        return cls(below=below[0], bins=bins, above=above)

    def plus(self, other: Self) -> Self:
        """Add the counts of other values between the same edges."""
        return type(self)(
            below=self.below + other.below,
            bins=[mine + more for mine, more in zip(self.bins, other.bins, strict=True)],
            above=self.above + other.above,
        )


class Replayed(BaseModel):
    """What decisions that were decided again add to a summary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: verdict -> decisions
    verdicts: dict[str, int]
    #: why it was not reproduced -> decisions
    causes: dict[str, int]
    #: "recorded decision>decision now" -> decisions
    decisions: dict[str, int]
    #: currency, of those that could be decided again: as recorded, and as it is now
    recorded_loss: float
    loss: float

    @classmethod
    def of(cls, scored: Scored) -> Self:
        """Count one chunk; a record that was erased is one that cannot be reproduced."""
        results, gone = scored.results, _by(scored.rejected["code"])
        moved = results.select(
            pl.concat_str(pl.col("recorded_decision", "decision").cast(pl.String), separator=">")
        ).to_series()
        causes = _by(results["cause"].cast(pl.String))
        causes.pop("", None)
        return cls(
            verdicts=_sum(
                _by(results["replay"].cast(pl.String)), {"unreproducible": sum(gone.values())}
            ),
            causes=_sum(causes, gone),
            decisions=_by(moved),
            recorded_loss=float(results["recorded_expected_loss"].to_numpy().sum()),
            loss=float(results["expected_loss"].to_numpy().sum()),
        )

    def plus(self, other: Self) -> Self:
        """Add others."""
        return type(self)(
            verdicts=_sum(self.verdicts, other.verdicts),
            causes=_sum(self.causes, other.causes),
            decisions=_sum(self.decisions, other.decisions),
            recorded_loss=self.recorded_loss + other.recorded_loss,
            loss=self.loss + other.loss,
        )


class Tally(BaseModel):
    """What some rows add to a summary; its JSON is read back as the same tally."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: scored + invalid
    rows: int
    scored: int
    invalid: int
    #: decision -> scores
    decisions: dict[str, int]
    #: grade -> scores
    grades: dict[str, int]
    #: currency
    expected_loss: float
    #: scores by the edges of the manifest's histogram of pd
    pd: Counts
    #: field -> scored applications by the edges of the manifest's histogram of it
    fields: dict[str, Counts]
    #: code -> faults; a row may have several
    faults: dict[str, int]
    #: of a campaign over decision records; None of a portfolio
    replay: Replayed | None = None

    @classmethod
    def of(cls, scored: Scored, scorer: Scorer) -> Self:
        """Count one chunk.

        Args:
            scored: the chunk.
            scorer: that scored it; its manifest gives the edges.
        """
        results, histograms = scored.results, scorer.manifest.histograms
        return cls(
            rows=scored.rows,
            scored=scored.scored,
            invalid=scored.invalid,
            decisions=_each(results["decision"], DECISIONS),
            grades=_each(results["grade"], [band.grade for band in scorer.policy.grades]),
            expected_loss=float(results["expected_loss"].to_numpy().sum()),
            pd=Counts.of(results["pd"].to_numpy(), histograms["pd"].edges),
            fields={
                field.name: Counts.of(
                    scored.applications[:, position], histograms[field.name].edges
                )
                for position, field in enumerate(FIELDS)
            },
            faults=_by(scored.rejected["code"]),
            replay=Replayed.of(scored) if scored.records else None,
        )

    @classmethod
    def added(cls, tallies: Sequence[Self]) -> Self:
        """Add up tallies of one model, one or more.

        Money is added in the order given: the order of the chunks gives the same sum every time.
        """
        return reduce(cls.plus, tallies)

    def plus(self, other: Self) -> Self:
        """Add another tally of the same model."""
        return type(self)(
            rows=self.rows + other.rows,
            scored=self.scored + other.scored,
            invalid=self.invalid + other.invalid,
            decisions=_sum(self.decisions, other.decisions),
            grades=_sum(self.grades, other.grades),
            expected_loss=self.expected_loss + other.expected_loss,
            pd=self.pd.plus(other.pd),
            fields={name: mine.plus(other.fields[name]) for name, mine in self.fields.items()},
            faults=_sum(self.faults, other.faults),
            replay=self.replay and other.replay and self.replay.plus(other.replay),
        )


def _each(words: pl.Series, known: Sequence[str]) -> dict[str, int]:
    # Of the few words an Enum has, to look for each is faster than to group the rows.
    counted = {word: int((words == word).sum()) for word in sorted(known)}
    return {word: rows for word, rows in counted.items() if rows}


def _by(words: pl.Series) -> dict[str, int]:
    counted = words.value_counts(name="count").rows()
    return dict(sorted(counted))


def _sum(mine: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    return {name: mine.get(name, 0) + more.get(name, 0) for name in sorted({*mine, *more})}
