"""What the reasons of a row cost: campaigns by two services, one of which computes none."""

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.campaigns.lane import Lane
from benchmarks.campaigns.portfolio import write_csv, write_parquet
from benchmarks.table import costs

if TYPE_CHECKING:
    from portfolio.options import Format


def play(explained: Lane, bare: Lane, folder: Path, rows: int, rounds: int) -> str:
    """Run campaigns of each in turn; returns a line a format.

    Args:
        explained: the service as it is.
        bare: the same with workers that give no reasons.
        folder: for the portfolios.
        rows: of each.
        rounds: of each service and format.
    """
    csv, parquet = folder / "cost.csv", folder / "cost.parquet"
    write_csv(csv, rows)
    write_parquet(parquet, csv)
    sources: dict[Format, Path] = {"csv": csv, "parquet": parquet}
    return "\n".join(
        costs(
            median(_times(explained, bare, path, kind) for _ in range(rounds)),
            f"A campaign of {rows:,} rows, {kind} to {kind},",
        )
        for kind, path in sources.items()
    )


def _times(explained: Lane, bare: Lane, path: Path, kind: "Format") -> float:
    return _seconds(explained, path, kind) / _seconds(bare, path, kind)


def _seconds(lane: Lane, path: Path, kind: "Format") -> float:
    outcome = lane.run(path, kind)
    lane.erase(outcome.id)
    return outcome.seconds
