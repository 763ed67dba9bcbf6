"""The parts of the run: each has a service of its own, and ends in a table and a verdict."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.campaigns import (
    archive,
    cost,
    kills,
    lane,
    latency,
    memory,
    portfolio,
    replay,
    shade,
    throughput,
)
from benchmarks.cases import invent
from local import key

#: Single scores' p99 beside campaigns may be so many times the idle one.
SLOWER = 3
#: Peak memory may differ so much between the small and the large portfolio.
FLAT = 0.2


#: Rows of the campaigns beside single scores at most: all phases of one fall in a round.
BESIDE = 2_000_000


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    #: of the portfolio that everybody scores
    rows: int
    #: of it that pandas gets
    few: int
    #: of who scores
    rounds: int
    #: of the two portfolios that memory is compared for
    small: int
    large: int
    #: that single scores are asked for, idle and busy, in each round
    seconds: float
    #: of the portfolio whose workers are killed
    killed: int
    #: decisions of the archive that are decided again, and scores that are made for that
    archived: int
    scores: int


@dataclass(frozen=True)
class Part:
    """What a part found."""

    text: str
    #: no row was wrong, lost or doubled
    flawless: bool


def rates(work: Path, artefact: Path, sizes: Sizes) -> Part:
    """Rows a second beside DuckDB and pandas."""
    with lane.running(work / "lane", artefact) as ours:
        contest = throughput.Contest(work, artefact, ours, sizes.rows, sizes.few)
        for _ in range(sizes.rounds):
            contest.play()
    return Part(contest.table(), contest.flawless)


def reasons(work: Path, artefact: Path, sizes: Sizes) -> Part:
    """What reasons cost a row: the same portfolio with them and without, in turn."""
    rows = min(sizes.rows, BESIDE)
    with (
        lane.running(work / "with", artefact) as explained,
        lane.running(work / "without", artefact, "benchmarks.unexplained") as bare,
    ):
        found = cost.play(explained, bare, work, rows, sizes.rounds)
    return Part(found, flawless=True)


def peaks(work: Path, artefact: Path, sizes: Sizes) -> Part:
    """Peak memory for a small and a large portfolio, each in a service just started."""
    found = []
    for rows in (sizes.small, sizes.large):
        with lane.running(work / "lane", artefact) as ours:
            found.append(memory.play(ours, work, rows))
    small, large = (max(one.workers) for one in found)
    more = large / small - 1
    verdict = f"Workers: {more:+.0%}, target within {FLAT:.0%}: {_met(abs(more) <= FLAT)}."
    return Part(f"{memory.table(found)}\n\n{verdict}", flawless=True)


def waits(work: Path, artefact: Path, sizes: Sizes) -> Part:
    """p99 of single scores while campaigns run."""
    source = work / "beside.csv"
    rows = min(sizes.rows, BESIDE)
    portfolio.write_csv(source, rows)
    cases = invent(artefact, int(latency.PACE * sizes.seconds))
    with lane.running(work / "lane", artefact) as ours:
        counter = latency.Counter(ours, cases, source)
        for _ in range(sizes.rounds):
            counter.play()
    times = counter.times
    verdict = (
        f"{times:.1f} times the idle p99, target {SLOWER}: {_met(times <= SLOWER)}."
        f" {counter.campaigns} campaigns of {rows:,} rows."
    )
    flawed = counter.idle.flawed + counter.busy.flawed
    return Part(f"{counter.table()}\n\n{verdict}", flawless=not flawed)


def challenged(work: Path, artefact: Path, sizes: Sizes) -> Part:
    """p99 of single scores while a challenger scores the archive."""
    storage = work / "storage"
    files = math.ceil(sizes.seconds * shade.FASTEST / archive.FILE)
    archive.write(storage, artefact, key.CLIENT, files * archive.FILE)
    about = shade.forest(artefact, work / "challenger")
    cases = invent(artefact, int(latency.PACE * sizes.seconds))
    given = {"archive_s": 1, "challenger_dir": work / "challenger"}
    with (
        lane.running(work / "without", artefact, challenger_days=0, **given) as without,
        lane.running(work / "beside", artefact, storage_dir=storage, **given) as beside,
    ):
        sides = shade.Sides(without, beside, about, cases)
        for _ in range(sizes.rounds):
            sides.play()
    return Part(sides.text(), flawless=not sides.flawed)


def losses(work: Path, artefact: Path, sizes: Sizes) -> Part:
    """What is lost when workers are killed."""
    with lane.running(work / "lane", artefact, chunk_bytes=kills.CHUNK_BYTES) as ours:
        killed = kills.play(ours, work, artefact, sizes.killed)
    each = killed.seconds / max(1, killed.kills)
    verdict = f"{killed.kills} workers killed in {killed.seconds:.0f} s, one every {each:.1f} s."
    return Part(f"{killed.table()}\n\n{verdict}", killed.flawless)


def replays(work: Path, artefact: Path, sizes: Sizes) -> Part:
    """Archived decisions decided again."""
    storage = work / "storage"
    archive.write(storage, artefact, key.CLIENT, sizes.archived)
    with lane.running(work / "lane", artefact, storage_dir=storage) as ours:
        judged = replay.play(ours, work, sizes.scores)
        return Part(replay.text(ours, judged), all(one.flawless for one in judged))


def _met(reached: bool) -> str:
    return "met" if reached else "missed"


#: What the run measures, in order: name, heading, function.
PARTS: dict[str, tuple[str, Callable[[Path, Path, Sizes], Part]]] = {
    "rates": ("Rows a second, validation and reasons included", rates),
    "reasons": ("What reasons cost", reasons),
    "peaks": ("Peak memory", peaks),
    "waits": ("Single scores while campaigns run", waits),
    "shade": ("Single scores while a challenger scores in the shade", challenged),
    "replay": ("Decisions decided again", replays),
    "losses": ("Workers killed", losses),
}
