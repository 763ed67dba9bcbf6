"""Outcomes matched with the scores that they are of."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import polars as pl

from monitoring.decisions import Models, decisions
from protocol.names import made_on
from records import table
from records.folder import ArchiveError, File, Folder

#: Whose outcome it is: an owner's of a score, so that nobody says a thing of another's.
_OF = ["id", "owner"]
_SAID = pl.Struct({"defaulted": pl.Boolean, "observed_on": pl.String})
#: What there is to say of a score with an outcome. `vintage` is the month of its decision.
_MATCHED = ("pd", "grade", "vintage", "defaulted")


class Outcomes(NamedTuple):
    """The outcomes of scores that were asked for in some time."""

    #: digest of the model -> its scores with an outcome, columns as `_MATCHED`
    of: dict[str, pl.DataFrame]
    #: scores with an outcome, as the outcomes' records have it
    received: int
    #: of these, no decision of that owner is in the archive
    unmatched: list[str]
    #: of these, the personal part of the decision is gone
    erased: int


def matched(
    folder: Folder,
    models: Models,
    first: date,
    last: date,
    look: Callable[[], None] = lambda: None,
) -> Outcomes:
    """Match the outcomes of scores asked for from one day to another, both included, UTC.

    The latest observation of a score counts; of several of one day, the one recorded last.

    Args:
        folder: the archive.
        models: the models of those scores.
        first: the day.
        last: the other day.
        look: called before each file; what it raises ends this.
    """
    said = _said(folder, first, last, look)
    found: dict[str, list[pl.DataFrame]] = {}
    seen = [said.clear().select(_OF)]
    erased = 0
    wanted = pl.col("id").is_in(said["id"].implode())
    for file in folder.files(first) if said.height else []:
        look()
        for digest, rows in decisions(file, models, wanted):
            both = rows.join(said, on=_OF)
            seen.append(both.select(_OF))
            known = both.filter("known")
            erased += both.height - known.height
            found.setdefault(digest, []).append(_told(known))
    unmatched = said.join(pl.concat(seen), on=_OF, how="anti")["id"].to_list()
    of = {digest: pl.concat(parts) for digest, parts in found.items()}
    return Outcomes(of, said.height, unmatched, erased)


def _told(rows: pl.DataFrame) -> pl.DataFrame:
    month = pl.from_epoch("finished_ms", time_unit="ms").dt.strftime("%Y-%m")
    return rows.with_columns(month.alias("vintage")).select(_MATCHED)


def _said(folder: Folder, first: date, last: date, look: Callable[[], None]) -> pl.DataFrame:
    """Read the outcomes: one row a score and owner, columns id, owner, defaulted."""
    rows = [pl.DataFrame(schema={"seq": pl.Int64, "id": pl.String, "owner": pl.String} | _FIELDS)]
    for file in folder.files(first):
        look()
        kinds = table.read(file, ["class"])["class"]
        if (kinds == "outcome").any():
            rows.append(_read(file))
    days = (made_on(score_id).isoformat() for one in rows for score_id in one["id"])
    everything = pl.concat(rows).with_columns(asked=pl.Series(days, dtype=pl.String))
    everything = everything.filter(
        pl.col("asked").is_between(pl.lit(first.isoformat()), pl.lit(last.isoformat()))
    )
    in_order = everything.sort("observed_on", "seq")
    latest = in_order.unique(_OF, keep="last", maintain_order=True)
    return latest.select(*_OF, "defaulted")


_FIELDS = {"defaulted": pl.Boolean, "observed_on": pl.String}


def _read(file: File) -> pl.DataFrame:
    rows = table.read(file, ["seq", "class", "id", "owner", "personal"])
    # One that was erased is none any more.
    there = rows.filter(pl.col("class") == "outcome", pl.col("personal").is_not_null())
    try:
        said = there.select(
            "seq", "id", "owner", pl.col("personal").str.json_decode(_SAID).struct.unnest()
        )
    except pl.exceptions.PolarsError as error:
        # Its own text quotes what it read.
        raise ArchiveError(
            f"{file.path}: a record cannot be read ({type(error).__name__})"
        ) from None
    return said.drop_nulls()
