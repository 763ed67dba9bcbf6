"""`loanscore dead-letters`: list, inspect and re-drive jobs that were given up."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from cli.connection import open_redis
from cli.table import table
from protocol import names
from protocol.ledger import DeadLetter, Ledger, Record
from protocol.settings import Settings
from protocol.states import State
from protocol.times import rfc3339

_COLUMNS = ("id", "owner", "attempts", "created_at", "finished_at", "redriven_as")


@click.group("dead-letters")
def group() -> None:
    """Look after jobs that were given up after too many attempts.

    Nothing of the applicant is shown: no field, no reference, no metadata.
    """


@group.command("list")
@click.option("--limit", type=click.IntRange(1, 1_000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def listed(limit: int, *, as_json: bool) -> None:
    """List those that can still be re-driven, the newest first."""
    with _ledger() as ledger:
        rows = [_row(at.id, record) for at, record in _letters(ledger, limit)]
    click.echo(json.dumps(rows, indent=2) if as_json else table(_COLUMNS, rows))


@group.command()
@click.argument("score_id", metavar="ID")
def inspect(score_id: str) -> None:
    """Show one as JSON, re-driven ones too."""
    with _ledger() as ledger:
        (record,) = ledger.read([score_id]) if names.SCORE_ID.fullmatch(score_id) else [None]
    if not isinstance(record, dict) or record["state"] != State.DEAD:
        raise click.ClickException(_NONE)
    error = json.loads(record["answer"])["error"]
    click.echo(json.dumps(_row(score_id, record) | {"error": error}, indent=2))


@group.command()
@click.argument("score_ids", metavar="ID...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that can still be re-driven.")
def redrive(score_ids: tuple[str, ...], *, everything: bool) -> None:
    """Score dead letters again, each as a new job of the same owner; print the new ids.

    A job is re-driven once: asked again, the same new id is printed.
    """
    if everything is bool(score_ids):
        raise click.UsageError("name ids, or --all")
    with _ledger() as ledger:
        for score_id in score_ids or _every(ledger):
            known = names.SCORE_ID.fullmatch(score_id)
            # Nothing rings: a sweeper does within seconds, and this command needs no queue.
            new_id = names.new_score_id()
            redriven = ledger.redrive(score_id, new_id, "operator") if known else None
            if redriven is None and everything:
                continue  # its time was up meanwhile
            if redriven is None:
                raise click.ClickException(f"{score_id}: {_NONE}")
            click.echo(f"{score_id} {redriven[0]}")


_NONE = "no dead letter has this id; see `loanscore dead-letters list`"


@contextmanager
def _ledger() -> Iterator[Ledger]:
    with open_redis() as client:
        yield Ledger(client, Settings.read(os.environ))


def _letters(ledger: Ledger, limit: int) -> list[tuple[DeadLetter, Record]]:
    letters = ledger.dead_letters(limit)
    records = ledger.read([letter.id for letter in letters])
    pairs = zip(letters, records, strict=True)
    return [(letter, record) for letter, record in pairs if isinstance(record, dict)]


def _every(ledger: Ledger) -> Iterator[str]:
    last: DeadLetter | None = None
    while letters := ledger.dead_letters(1_000, last):
        yield from (letter.id for letter in letters)
        last = letters[-1]


def _row(score_id: str, record: Record) -> dict[str, Any]:
    return {
        "id": score_id,
        "owner": record["owner"],
        "attempts": int(record["attempt"]),
        "created_at": rfc3339(record["created_ms"]),
        "finished_at": rfc3339(record["finished_ms"]),
        "redriven_as": record.get("redriven_as"),
    }
