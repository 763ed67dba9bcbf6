"""The tally of a model: its scored applicants, counted in the bins of its training applicants."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from protocol.artefact import Histogram, Manifest


@dataclass
class Counted:
    """The values of the score, or of a field."""

    trained: Histogram
    #: values below the first edge and above the last
    below: int = 0
    above: int = 0
    #: one a bin: a lower edge belongs to its bin, the last edge too
    bins: list[int] = field(default_factory=list)
    missing: int = 0
    #: the least and the largest value; None before there is one
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        self.bins = self.bins or [0] * len(self.trained.counts)

    @property
    def values(self) -> int:
        """How many there are."""
        return self.below + sum(self.bins) + self.above

    def add(self, values: pl.Series) -> None:
        """Count more.

        >>> counted = Counted(Histogram(edges=[0, 1, 2], counts=[5, 5]))
        >>> counted.add(pl.Series([-1.0, 0.0, 0.5, 1.0, 2.0, 2.1, None]))
        >>> counted.below, counted.bins, counted.above, counted.missing
        (1, [2, 2], 1, 1)
        """
        there = values.drop_nulls()
        self.missing += len(values) - len(there)
        if there.is_empty():
            return
        edges = self.trained.edges
        below = [int((there < edge).sum()) for edge in edges]
        above = int((there > edges[-1]).sum())
        ends = [*below[1:-1], len(there) - above]
        self.below += below[0]
        self.above += above
        for place, (start, end) in enumerate(zip(below[:-1], ends, strict=True)):
            self.bins[place] += end - start
        known = [end for end in (self.low, self.high) if end is not None]
        here: list[Any] = [there.min(), there.max(), *known]
        self.low, self.high = min(here), max(here)


class Tally:
    """What a model scored in the window.

    Args:
        manifest: gives the fields and the bins.
    """

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.scored = 0
        #: of these the personal part is gone: they are in no distribution
        self.erased = 0
        self.pd = Counted(manifest.histograms["pd"])
        self.fields = {name: Counted(manifest.histograms[name]) for name in names_of(manifest)}

    def add(self, decisions: pl.DataFrame) -> None:
        """Count decisions of this model, columns as `monitoring.decisions` gives them."""
        self.scored += decisions.height
        known = decisions.filter(pl.col("known"))
        self.erased += decisions.height - known.height
        self.pd.add(known["pd"])
        for name, counted in self.fields.items():
            counted.add(known[name])


def names_of(manifest: Manifest) -> Sequence[str]:
    """Name the fields that a model was trained on."""
    return [one.name for one in manifest.fields]
