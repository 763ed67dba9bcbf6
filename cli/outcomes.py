"""`loanscore outcomes`: say of scored applications whether the loan defaulted."""

import json
import os
from collections.abc import Callable
from typing import IO

import click
from loanscore_client import Client
from loanscore_client.outcome_file import FORMATS
from loanscore_client.outcomes import MOST

from cli.campaign_files import verbose_option
from cli.input import opened
from cli.interruption import leaving
from cli.portfolio import columns_of
from cli.progress import Moved, show
from cli.service import calls_service


@click.group("outcomes")
def group() -> None:
    """Say what became of loans, so that monitoring can tell how right the model was.

    These commands talk to the API with a key of scope `outcomes:write`, as any caller does.
    """


@group.command()
@click.argument("outcomes", metavar="FILE")
@click.option("--format", "file_format", type=click.Choice(FORMATS), help="[as the name says]")
@click.option("--delimiter", default=",", help="Of a CSV [,]")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="id, defaulted or observed_on has this name in the file; once for each.",
)
@click.option(
    "--at-once",
    type=click.IntRange(1, MOST),
    default=MOST,
    show_default=True,
    help="Outcomes of one request; fewer where the key has a limit.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@verbose_option
@calls_service
def send(  # noqa: PLR0913 - one argument an option
    client: Client,
    outcomes: str,
    *,
    file_format: str | None,
    delimiter: str,
    columns: tuple[str, ...],
    at_once: int,
    as_json: bool,
    verbose: bool,
) -> None:
    """Put the outcomes of FILE on record: CSV or NDJSON, or - for standard input.

    Columns: id of the score, defaulted (1, 0, true, false), observed_on (2026-01-31). A bad line is
    named, keeps no other back, and makes the exit code 1. FILE may be sent again.
    """
    names, form = columns_of(columns), file_format or _format(outcomes)
    again = "what was sent is on record; send the file again, nothing counts twice"
    with (
        leaving(again),
        opened(outcomes) as file,
        show(verbose=verbose).moving("sending") as moved,
    ):
        sent = client.outcomes.send(
            file,
            form,
            delimiter=delimiter,
            columns=names,
            at_once=at_once,
            done=_progress(file, moved),
        )
    for bad in sent.bad:
        click.echo(f"{outcomes}: {bad}", err=True)
    lines = sent.accepted + sent.repeated + sent.bad_lines
    found = {
        "lines": lines,
        "accepted": sent.accepted,
        "repeated": sent.repeated,
        "bad": sent.bad_lines,
    }
    click.echo(json.dumps(found) if as_json else _said(found))
    if sent.bad:
        raise click.ClickException(f"{sent.bad_lines:,} of {lines:,} lines are not on record")


def _said(found: dict[str, int]) -> str:
    """Say it in one line.

    >>> _said({"lines": 1_002, "accepted": 1_000, "repeated": 1, "bad": 1})
    '1,002 lines: 1,000 recorded, 1 on record already, 1 bad'
    """
    return (
        f"{found['lines']:,} lines: {found['accepted']:,} recorded, {found['repeated']:,} on record"
        f" already, {found['bad']:,} bad"
    )


def _format(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    if ending not in FORMATS:
        raise click.BadParameter("the name does not tell", param_hint="--format")
    return ending


def _progress(file: IO[bytes], moved: Moved) -> Callable[[int], None]:
    """Tell how many bytes of a file are done; of a pipe nobody knows."""
    if not file.seekable():
        return lambda _lines: None
    size = os.fstat(file.fileno()).st_size
    return lambda _lines: moved(file.tell(), size)
