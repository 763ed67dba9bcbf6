"""A campaign whose workers are killed again and again, beside one that is left alone."""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.artefact import pipeline
from benchmarks.campaigns import truth
from benchmarks.campaigns.lane import LONGEST_S, OPEN, Lane, LaneError, Outcome
from benchmarks.campaigns.portfolio import faults, write_csv
from benchmarks.table import markdown

#: One row of so many is bad: 0.1 %.
BAD_EVERY = 1_000
#: Smaller than usual, so that a million rows are enough chunks to be killed in, bytes.
CHUNK_BYTES = 1 << 20
#: A worker is killed whenever so many more chunks are done.
EVERY_CHUNKS = 4
HEADINGS = ("campaign", "rows", "lost", "doubled", "wrong", "bad rows listed", "results sha256")


@dataclass(frozen=True)
class Killed:
    """Both campaigns, judged."""

    rows: int
    bad: int
    kills: int
    #: of the campaign that was disturbed
    seconds: float
    #: by campaign: results lost, doubled, wrong; faults listed as they should be; sha256
    judged: dict[str, tuple[int, int, int, int, str]]

    @property
    def flawless(self) -> bool:
        """Whether nothing was lost, doubled, wrong, unlisted or otherwise."""
        (calm, disturbed) = self.judged.values()
        return calm == disturbed and calm[:4] == (0, 0, 0, self.bad)

    def table(self) -> str:
        """Write one row a campaign."""
        rows = (
            (
                name,
                f"{self.rows:,}",
                *(f"{count:,}" for count in (lost, doubled, wrong)),
                f"{listed:,} of {self.bad:,}",
                digest[:16],
            )
            for name, (lost, doubled, wrong, listed, digest) in self.judged.items()
        )
        return markdown([HEADINGS, *rows])


def play(lane: Lane, folder: Path, artefact: Path, rows: int) -> Killed:
    """Score the same portfolio undisturbed and with workers killed in the middle of their chunks.

    A kill every 10 s would meet a million rows once at most, so work done is what is counted.

    Args:
        lane: has chunks of `CHUNK_BYTES`.
        folder: for the portfolio and what comes of it; it exists.
        artefact: the model.
        rows: of the portfolio.
    """
    source = folder / "bad.csv"
    write_csv(source, rows, BAD_EVERY)
    calm = lane.run(source, "csv")
    disturbed, kills = _disturbed(lane, source)
    pds, listed = truth.probabilities(source, pipeline(artefact)), faults(rows, BAD_EVERY)
    judged = {
        name: _judged(lane, outcome, folder, pds, listed)
        for name, outcome in (("undisturbed", calm), (f"{kills} kills", disturbed))
    }
    return Killed(rows, listed.height, kills, disturbed.seconds, judged)


def _disturbed(lane: Lane, source: Path) -> tuple[Outcome, int]:
    """Kill the worker that has lived longest, start another one, and go on when more is done."""
    began = time.perf_counter()
    campaign, kills, due = lane.create(source, "csv"), 0, 1
    while (found := lane.state(campaign))["status"] in OPEN:
        if found["chunks"]["done"] >= due:
            lane.service.kill(lane.workers()[0])
            kills += 1
            lane.service.start_campaign_worker(f"campaigns-after-{kills}")
            due = found["chunks"]["done"] + EVERY_CHUNKS
        if time.perf_counter() - began > LONGEST_S:
            raise LaneError(f"{campaign} does not end after {kills} kills: {found}")
        time.sleep(0.01)
    return lane.wait(campaign, began), kills


def _judged(
    lane: Lane, outcome: Outcome, folder: Path, pds: truth.Floats, listed: pl.DataFrame
) -> tuple[int, int, int, int, str]:
    results = lane.fetch(outcome.id, "results", folder / "results")
    good = np.ones(len(pds), dtype=np.bool_)
    good[listed["line"].to_numpy() - 2] = False
    lines = pl.scan_csv(results).select("line").collect()["line"]
    errors = pl.read_csv(lane.fetch(outcome.id, "errors", folder / "errors"))
    errors = errors.select(listed.columns)
    named = errors.join(listed, on=listed.columns, how="semi").height
    with results.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return (
        int(good.sum()) - lines.n_unique(),
        len(lines) - lines.n_unique(),
        truth.wrong(results, "csv", pds, good),
        named - (errors.height - named),
        digest,
    )
