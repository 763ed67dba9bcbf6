"""Decisions decided again: an archive under other cut-offs, and scores just made by the service."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.campaigns.lane import PAUSE_S, Lane, Outcome
from benchmarks.cases import draw
from benchmarks.table import markdown
from records import chain, table
from records.folder import Folder

#: In place of the policy's.
CUT_OFFS = {"approve_below": 0.01, "decline_above": 0.5}
#: Applications of one batch.
BATCH = 1_000
_HEADINGS = (
    "what",
    "decisions",
    "seconds",
    "decisions/s",
    "identical",
    "changed by policy",
    "unreproducible",
    "checked",
    "wrong",
)


@dataclass(frozen=True)
class Judged:
    """One campaign over records."""

    what: str
    outcome: Outcome
    verdicts: dict[str, int]
    #: decisions whose verdict and new decision were compared, and those that were not as they must
    checked: int
    wrong: int

    @property
    def flawless(self) -> bool:
        """Whether every decision was met, reproduced, and judged rightly."""
        missed = self.outcome.rows - self.checked
        return not (self.wrong or missed or self.verdicts["unreproducible"])


def play(lane: Lane, folder: Path, scores: int) -> list[Judged]:
    """Judge what the archive holds under other cut-offs, then scores that are made meanwhile.

    Args:
        lane: its archive was written before it started, of days before this one.
        folder: for the results.
        scores: applications that are sent to the service, a multiple of `BATCH`.
    """
    today = datetime.now(UTC).date()
    yesterday = {"to": (today - timedelta(days=1)).isoformat()}
    archived = _judged(lane, folder, "archived, other cut-offs", yesterday, CUT_OFFS)
    _decide(lane, scores)
    own = _judged(lane, folder, "just scored, as they were made", {"from": f"{today}"}, None)
    return [archived, own]


def text(lane: Lane, judged: list[Judged]) -> str:
    """Write the table, and what the walk of the chain said."""
    began = time.perf_counter()
    found = chain.verify(Folder(lane.service.settings.records_folder))
    seconds = time.perf_counter() - began
    lines = [f"{one.what}: {one.outcome.phases}" for one in judged]
    holds = f"The chain holds: {found.records:,} records in {found.files} files, {seconds:.0f} s."
    return "\n".join([markdown([_HEADINGS, *map(_row, judged)]), "", *lines, "", holds])


def _row(one: Judged) -> tuple[str, ...]:
    counts = ("identical", "changed-by-policy", "unreproducible")
    return (
        one.what,
        f"{one.outcome.rows:,}",
        f"{one.outcome.seconds:.1f}",
        f"{one.outcome.rate:,.0f}",
        *(f"{one.verdicts[name]:,}" for name in counts),
        f"{one.checked:,}",
        f"{one.wrong:,}",
    )


def _judged(
    lane: Lane, folder: Path, what: str, records: dict[str, str], cut_offs: dict[str, float] | None
) -> Judged:
    under = {} if cut_offs is None else {"cut_offs": cut_offs}
    outcome = lane.replay({"input": {"records": records}, "under": under})
    summary = lane.fetch(outcome.id, "summary", folder / "summary").read_text()
    results = pl.read_parquet(
        lane.fetch(outcome.id, "results", folder / "results"), columns=["seq", "decision", "replay"]
    )
    right = pl.DataFrame(
        list(_right(lane, set(results["seq"]), cut_offs)),
        schema=["seq", "right_decision", "right_replay"],
        orient="row",
    )
    both = results.join(right, on="seq", how="full")
    same = both.filter(
        pl.col("decision").cast(pl.String) == pl.col("right_decision"),
        pl.col("replay").cast(pl.String) == pl.col("right_replay"),
    ).height
    verdicts = json.loads(summary)["replay"]["verdicts"]
    return Judged(what, outcome, verdicts, both.height, both.height - same)


def _right(
    lane: Lane, seqs: set[int], cut_offs: dict[str, float] | None
) -> Iterator[tuple[int, str, str]]:
    """Say of each record what its recorded pd comes to, with nothing of what is measured."""
    for file in Folder(lane.service.settings.records_folder).files():
        for seq, personal in table.read(file, ["seq", "personal"]).iter_rows():
            if seq in seqs:
                result: dict[str, Any] = json.loads(personal)["result"]
                limits = cut_offs or result["policy"]
                now = "review"
                if result["pd"] < limits["approve_below"]:
                    now = "approve"
                elif result["pd"] > limits["decline_above"]:
                    now = "decline"
                same = now == result["decision"]
                yield seq, now, "identical" if same else "changed-by-policy"


def _decide(lane: Lane, scores: int) -> None:
    """Have applications scored over HTTP, and wait until their records are archived."""
    paths = []
    for number in range(scores // BATCH):
        items = [{"application": case._asdict()} for case in draw(BATCH, seed=90_000 + number)]
        paths.append(lane.post("/v1/score-batches", {"items": items})["links"]["self"])
    for path in paths:
        while lane.get(path)["status"] != "succeeded":
            lane.service.check()
            time.sleep(PAUSE_S)
    while lane.records_waiting():
        lane.service.check()
        time.sleep(PAUSE_S)
