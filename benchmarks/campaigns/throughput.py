"""Rows a second: ours through the service, beside DuckDB and pandas, in turn, every row checked."""

from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.artefact import pipeline
from benchmarks.campaigns import peers, truth
from benchmarks.campaigns.lane import Lane
from benchmarks.campaigns.portfolio import write_csv, write_parquet
from benchmarks.table import markdown
from portfolio.options import Format

if TYPE_CHECKING:
    from benchmarks.campaigns.truth import Floats

HEADINGS = ("what", "rows", "rows/s, median (range)", "ours is", "target", "rows checked", "wrong")
KINDS: tuple[Format, ...] = ("csv", "parquet")


@dataclass
class Played:
    """The rounds of one way to score a portfolio."""

    rows: int
    seconds: list[float] = field(default_factory=list)
    checked: int = 0
    wrong: int = 0

    @property
    def rates(self) -> list[float]:
        """Rows a second, a round each."""
        return [self.rows / one for one in self.seconds]


class Contest:
    """One portfolio in two formats, and who scores it.

    Args:
        folder: for the files; it exists.
        artefact: the model.
        lane: ours.
        rows: of the portfolio.
        few: rows of it that pandas gets.
    """

    def __init__(self, folder: Path, artefact: Path, lane: Lane, rows: int, few: int) -> None:
        self._folder, self._artefact, self._lane = folder, artefact, lane
        self._few = folder / "few.csv"
        write_csv(self._few, min(few, rows))
        write_csv(self._source("csv"), rows)
        write_parquet(self._source("parquet"), self._source("csv"))
        self._pds = truth.probabilities(self._source("csv"), pipeline(artefact))
        self.ours = {kind: Played(rows) for kind in KINDS}
        self.duckdb = {kind: Played(rows) for kind in KINDS}
        self.pandas = {name: Played(min(few, rows)) for name in ("pandas", "pandas-bare")}
        self.said: list[str] = []

    def play(self) -> None:
        """Play one round of everybody."""
        for kind in KINDS:
            self._ours(kind)
            self._peer(self.duckdb[kind], "duckdb", self._source(kind))
        for name, played in self.pandas.items():
            self._peer(played, name, self._few)

    def _source(self, kind: Format) -> Path:
        return self._folder / f"portfolio.{kind}"

    def _ours(self, kind: Format) -> None:
        outcome = self._lane.run(self._source(kind), kind)
        results = self._lane.fetch(outcome.id, "results", self._folder / "results")
        self._note(self.ours[kind], outcome.seconds, results, kind)
        self._say(f"ours, {kind}: {outcome.rate:,.0f} rows/s ({outcome.phases})")
        results.unlink()
        self._lane.erase(outcome.id)

    def _peer(self, played: Played, name: str, source: Path) -> None:
        target = self._folder / f"scored{source.suffix}"
        seconds = peers.run(name, self._artefact, source, target)
        self._note(played, seconds, target, "csv" if source.suffix == ".csv" else "parquet")
        self._say(f"{name}, {source.suffix[1:]}: {played.rates[-1]:,.0f} rows/s")
        target.unlink()

    def _note(self, played: Played, seconds: float, results: Path, kind: Format) -> None:
        pds: Floats = self._pds[: played.rows]
        played.seconds.append(seconds)
        played.checked += played.rows
        played.wrong += truth.wrong(results, kind, pds, np.ones(len(pds), dtype=np.bool_))

    def _say(self, line: str) -> None:
        self.said.append(line)
        print(line, flush=True)

    @property
    def flawless(self) -> bool:
        """Whether every row of every round was right."""
        everybody = (*self.ours.values(), *self.duckdb.values(), *self.pandas.values())
        return not any(one.wrong for one in everybody)

    def table(self) -> str:
        """Write one row a way."""
        csv, parquet = self.ours["csv"], self.ours["parquet"]
        return markdown(
            [
                HEADINGS,
                _row("loanscore, CSV to CSV", csv),
                _row("DuckDB's bare expression, CSV to CSV", self.duckdb["csv"], csv, 0.5),
                _row("pandas chunks, rows with pd, CSV to CSV", self.pandas["pandas"], csv, 5),
                _row("pandas chunks, reference and pd", self.pandas["pandas-bare"], csv, 5),
                _row("loanscore, Parquet to Parquet", parquet),
                _row("DuckDB's, Parquet to Parquet", self.duckdb["parquet"], parquet, 0.5),
            ]
        )


def _row(
    name: str, played: Played, ours: Played | None = None, target: float = 0
) -> tuple[str, ...]:
    """Write a row; a ratio is the median of those of the rounds."""
    rates = played.rates
    ratio = median(a / b for a, b in zip(ours.rates, rates, strict=True)) if ours else 0
    return (
        name,
        f"{played.rows:,}",
        f"{median(rates):,.0f} ({min(rates):,.0f}-{max(rates):,.0f})",
        f"{ratio:.2f}x" if ours else "",
        f"{target:g}x: {'met' if ratio >= target else 'missed'}" if ours else "",
        f"{played.checked:,}",
        f"{played.wrong:,}",
    )
