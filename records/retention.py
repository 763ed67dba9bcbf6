"""Drop what is over: personal parts by class, then whole files from the oldest on."""

import json
from datetime import date, timedelta
from typing import NamedTuple

import polars as pl

from protocol import durable
from records import table
from records.folder import File, Folder


class Days(NamedTuple):
    """How long the personal part of a record is kept, days, by its class."""

    #: a score with a decision, or an outcome
    score: int
    #: a score without one: failed, cancelled, expired or dead
    unscored: int
    #: an event of an override
    override: int

    def over(self, day: date) -> pl.Expr:
        """Select the records that were final before `day` by more than their days."""
        # A class that no release knows is kept as long as any.
        kept = (
            pl.when((pl.col("class") == "score") & pl.col("decision").is_not_null())
            .then(self.score)
            .when(pl.col("class") == "outcome")
            .then(self.score)
            .when(pl.col("class") == "score")
            .then(self.unscored)
            .when(pl.col("class") == "override")
            .then(self.override)
            .otherwise(max(self))
        )
        final = pl.from_epoch("finished_ms", time_unit="ms").dt.date()
        return final + pl.duration(days=kept) < day


def apply(folder: Folder, days: Days, today: date) -> int:
    """Drop what is over, once a day and setting; the caller holds `Folder.changing`.

    Returns:
        Records whose personal part was dropped.
    """
    done = folder.path / "retention.json"
    mark = json.dumps({"day": today.isoformat(), "days": days._asdict()})
    if done.exists() and done.read_text(encoding="utf-8") == mark:
        return 0
    due = [file for file in folder.files() if file.day + timedelta(days=min(days)) < today]
    dropped = sum(_drop(file, days.over(today)) for file in due)
    _remove_oldest(folder, due, days.over(today))
    with durable.written(done) as written:
        written.write(mark.encode())
    return dropped


def _drop(file: File, over: pl.Expr) -> int:
    """Look at the small columns first: of an old file hardly ever anything is due."""
    looked_at = table.read(file, ["class", "decision", "finished_ms", "salt"])
    due = over & pl.col("salt").is_not_null()
    dropped = looked_at.filter(due).height
    if dropped:
        table.replace(file.path, table.erased(table.read(file), due))
    return dropped


def _remove_oldest(folder: Folder, due: list[File], over: pl.Expr) -> None:
    """Remove files from the first on, as long as all records in them are over: never a gap."""
    last_over = None
    for file in due:
        if not table.read(file, ["class", "decision", "finished_ms"]).select(over.all()).item():
            break
        last_over = file
    if last_over:
        folder.move_anchor(table.last(last_over))
