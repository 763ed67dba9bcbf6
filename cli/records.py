"""`loanscore records`: verify, search, count and erase decision records; see docs/records.md."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click

from cli import override_rates
from cli.archive import DAY, day, folder_option, opened
from cli.connection import open_redis
from cli.table import table
from protocol.errors import LedgerUnavailable
from protocol.overrides import State
from protocol.policy import DECISIONS
from protocol.record import EMPTY, sealed
from protocol.record_stream import RecordStream
from protocol.settings import Settings
from protocol.states import FINAL
from records import chain, erasure, search, shade

_COLUMNS = ("seq", "finished_at", "id", "class", "owner", "state", "decision", "policy", "model")
#: Of scores, and of overrides.
_STATES = sorted({state.value for states in (FINAL, State) for state in states})
#: Records that are looked at while they wait, at most.
_WAITING = 1_000_000


@click.group("records")
def group() -> None:
    """Verify, search, count and erase decision records."""


group.add_command(override_rates.command)


@group.command()
@folder_option
@click.option("--head", metavar="LINK", help="A link noted elsewhere that must be in the chain.")
def verify(folder: Path | None, head: str | None) -> None:
    """Walk the chain and name the first broken link; exit code 1 when there is one.

    An end that was cut off is found only with --head: workers log the link of each batch.
    """
    found = chain.verify(opened(folder), head)
    click.echo(
        f"the chain holds: {found.records} records in {found.files} files, seq {found.first_seq} to"
        f" {found.head.seq}, {found.erased} without their personal part"
    )
    click.echo(f"head {found.head.seq} {found.head.link}")


@group.command()
@folder_option
@click.option("--id", "score_id", metavar="ID")
@click.option("--reference", help="The caller's own.")
@click.option("--owner", metavar="CLIENT")
@click.option("--decision", type=click.Choice(DECISIONS))
@click.option("--state", type=click.Choice(_STATES))
@click.option("--class", "record_class", type=click.Choice(["score", "override", "outcome"]))
@click.option("--model", help="Digest or version.")
@click.option("--from", "first", type=DAY, help="First day of becoming final, UTC.")
@click.option("--to", "last", type=DAY, help="Last day.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="All of each record, for programs.")
def find(  # noqa: PLR0913, PLR0917 - an option each
    folder: Path | None,
    score_id: str | None,
    reference: str | None,
    owner: str | None,
    decision: str | None,
    state: str | None,
    record_class: str | None,
    model: str | None,
    first: datetime | None,
    last: datetime | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """Find records, the oldest first; with --id also what waits to be archived.

    The table names no applicant; --json shows the application too.
    """
    question = search.Question(
        score_id, reference, owner, decision, state, model, day(first), day(last), record_class
    )
    found = list(islice(search.find(opened(folder), question), limit))
    if score_id and folder is None:
        archived = {record["entry"] for record in found}
        waiting = (record for record in _waiting(score_id) if record["entry"] not in archived)
        found += [one for one in waiting if record_class in {None, one["class"]}]
    click.echo(json.dumps(found, indent=2) if as_json else table(_COLUMNS, list(map(_row, found))))


@group.command()
@click.option("--id", "score_ids", metavar="ID", multiple=True)
@click.option("--reference", help="The caller's own; with --owner.")
@click.option("--owner", metavar="CLIENT")
def erase(score_ids: tuple[str, ...], reference: str | None, owner: str | None) -> None:
    """Erase the personal part of records, archived or waiting; the chain stays verifiable.

    By --id also that of a score which is not final yet. What is erased cannot be brought back.
    """
    if bool(score_ids) is bool(reference) or bool(reference) is not bool(owner):
        raise click.UsageError("name --id, or --reference and --owner")
    archive = opened(None)
    with open_redis() as client:
        stream = RecordStream(client, Settings.read(os.environ))
        ids = set(score_ids)
        if reference and owner:
            ids = {
                entry["id"]
                for _, entry in stream.entries(_WAITING)
                if (entry["owner"], entry["reference"]) == (owner, reference)
            }
            ids |= erasure.ids_of(archive, owner, reference)
        if not ids:
            raise click.ClickException("no record has this reference")
        # The order first: what is archived meanwhile is archived without its personal part.
        stream.order_erasure(ids)
    erased = erasure.erase(archive, ids)
    shade.forget(Settings.read(os.environ).shade_folder, ids)
    click.echo(f"{erased} erased in the archive; what waits of {len(ids)} ids is erased with it")


def _waiting(score_id: str) -> Iterator[dict[str, Any]]:
    """Show a record that is not archived yet: it has no number and no link."""
    try:
        with open_redis() as client:
            entries = RecordStream(client, Settings.read(os.environ)).entries(_WAITING)
    except LedgerUnavailable as error:
        click.echo(f"loanscore: what waits to be archived was not asked: {error}", err=True)
        return
    for entry_id, entry in entries:
        if entry["id"] == score_id:
            parts = sealed(EMPTY, entry_id, entry)
            public, personal = json.loads(parts.public), json.loads(parts.personal)
            yield public | {"seq": None, "personal": personal, "link": None}


def _row(record: dict[str, Any]) -> dict[str, Any]:
    versions = {name: (record.get(name) or {}).get("version") for name in ("policy", "model")}
    return {name: record.get(name) for name in _COLUMNS} | versions
