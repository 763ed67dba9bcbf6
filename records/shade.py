"""What challengers said of archived decisions: a file for each file of the archive.

    shade/<64 hex digits>/challenger.json                       which challenger, as it came
                          date=2026-11-25/000000000001.parquet  of the archive's file of that name
          report.json                                           the newest report

Written by `worker.challenger.shade`. A file that is there says that the archive's file was scored:
it is placed whole, once, and never in the place of another, so no kill loses or doubles a row. A
row names its record and holds nothing of the application; it goes when the record's personal part
does, or after `Settings.challenger_days`.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl

from records import table
from records.folder import ArchiveError, File, Folder

#: The columns of a file: one row for each archived score that succeeded.
SCHEMA: table.Schema = {
    #: of the decision record
    "seq": pl.Int64,
    "id": pl.String,
    #: milliseconds since 1970
    "finished_ms": pl.Int64,
    #: digest of the model that decided, and of the policy
    "champion": pl.String,
    "policy": pl.String,
    #: digest of the challenger
    "challenger": pl.String,
    #: why the challenger was not asked, or gave nothing; null: it answered
    "left_out": pl.String,
    #: the champion's, as recorded; null once erased
    "grade": pl.String,
    "champion_pd": pl.Float64,
    "challenger_pd": pl.Float64,
    "champion_decision": pl.String,
    "challenger_decision": pl.String,
    #: code of the first reason; null: there was none. The champion's as the caller was told
    "champion_reason": pl.String,
    #: of either model by the one rule that fits both
    "champion_reason_by_rule": pl.String,
    "challenger_reason": pl.String,
}


def of(shade: Path, challenger: str) -> Folder:
    """Give the folder of one challenger.

    Args:
        shade: `Settings.shade_folder`.
        challenger: its digest, "sha256:" and 64 hex digits.
    """
    return Folder(shade / challenger.removeprefix("sha256:"))


def read(folder: Folder, first: date | None, last: date | None) -> pl.DataFrame:
    """Read what a challenger said of the decisions of some days, both included, UTC.

    Raises:
        ArchiveError: a file cannot be read.
    """
    asked = [file for file in folder.files(first) if last is None or file.day <= last]
    none = pl.DataFrame(schema=SCHEMA)
    return pl.concat([none, *(table.read_as(SCHEMA, file) for file in asked)])


def forget(shade: Path, ids: Iterable[str]) -> int:
    """Remove the rows of these scores, whichever challenger they are of; safe to repeat.

    Called once the archive holds their personal parts no more: who scores a file meanwhile is
    waited for, who begins one later finds nothing to score by.

    Returns:
        How many there were.
    """
    which = pl.col("id").is_in(list(ids))
    forgotten = 0
    for challenger in _challengers(shade):
        with challenger.changing(wait=True):
            forgotten += sum(_forget(file, which) for file in challenger.files())
    return forgotten


def drop(shade: Path, first: date) -> int:
    """Remove the files of days before `first`, whichever challenger they are of; say how many."""
    dropped = 0
    for challenger in _challengers(shade):
        if any(file.day < first for file in challenger.files()):
            with challenger.changing(wait=True):
                over = [file for file in challenger.files() if file.day < first]
                for file in over:
                    file.remove()
            dropped += len(over)
    return dropped


def _challengers(shade: Path) -> list[Folder]:
    return [Folder(path) for path in sorted(shade.glob("[0-9a-f]*")) if path.is_dir()]


def _forget(file: File, which: pl.Expr) -> int:
    try:
        rows = table.read_as(SCHEMA, file)
    except ArchiveError:
        # What cannot be read cannot be searched: it goes, and is made anew from the archive.
        file.remove()
        return 0
    hit = rows.filter(which).height
    if hit:
        table.replace(file.path, rows.filter(~which))
    return hit
