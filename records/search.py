"""Find records in an archive: the auditor's question."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import polars as pl

from records import table
from records.erasure import has_reference
from records.folder import File, Folder


class Question(NamedTuple):
    """What is asked; None is not asked."""

    id: str | None = None
    reference: str | None = None
    owner: str | None = None
    decision: str | None = None
    state: str | None = None
    #: digest or version
    model: str | None = None
    #: first and last day on which a record may have become final, UTC
    first: date | None = None
    last: date | None = None
    #: score or override
    record_class: str | None = None

    def asks_for(self, file: File) -> bool:
        """Tell whether a file may hold what is asked for."""
        after = self.first is not None and file.day < self.first
        return not after and not (self.last is not None and file.day > self.last)

    def wanted(self) -> pl.Expr:
        """Select the rows."""
        equal = {"id": self.id, "owner": self.owner, "decision": self.decision, "state": self.state}
        equal |= {"class": self.record_class}
        tests = [pl.col(name) == value for name, value in equal.items() if value is not None]
        if self.first is not None:
            tests.append(pl.col("finished_ms") >= _midnight_ms(self.first))
        if self.last is not None:
            tests.append(pl.col("finished_ms") < _midnight_ms(self.last + timedelta(days=1)))
        if self.model is not None:
            named = [pl.col("public").str.json_path_match(f"$.model.{of}") for of in _OF_MODEL]
            tests.append(pl.any_horizontal(name == self.model for name in named))
        if self.reference is not None:
            tests.append(has_reference(self.reference))
        return pl.all_horizontal(*tests) if tests else pl.lit(value=True)


_OF_MODEL = ("digest", "version")


def find(folder: Folder, question: Question) -> Iterator[dict[str, Any]]:
    """Give the records in question, the oldest first, as `shown` does."""
    for file in folder.files():
        if question.asks_for(file):
            found = table.read(file).filter(question.wanted())
            yield from (shown(row) for row in found.iter_rows(named=True))


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """Show one: its public members, `personal` (None once erased) and its place in the chain."""
    personal = row["personal"]
    return {
        **json.loads(row["public"]),
        "personal": None if personal is None else json.loads(personal),
        "link": row["link"],
    }


def _midnight_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1_000)
