"""`loanscore campaign download`, and how `run` and `watch` fetch files."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from loanscore_client import Client

from cli.interruption import leaving
from cli.progress import Show, show
from cli.service import calls_service

#: Files of a campaign.
KINDS = ("results", "errors", "unprocessed", "summary", "reconciliation", "summary.svg")

verbose_option: Callable[..., Any] = click.option(
    "--verbose", is_flag=True, help="Say how far it is where stderr is no terminal, too."
)
to_option: Callable[..., Any] = click.option(
    "--to",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Put the files there; it is made when there is none.",
)


@click.command()
@click.argument("campaign_id", metavar="ID")
@click.argument("kinds", metavar="[KIND]...", nargs=-1, type=click.Choice(KINDS))
@to_option
@verbose_option
@calls_service
def download(
    client: Client, campaign_id: str, kinds: tuple[str, ...], folder: Path | None, *, verbose: bool
) -> None:
    """Fetch files of a campaign that is over, all or those named; print where they are.

    KIND is results, errors, unprocessed, summary, reconciliation or summary.svg. A file that was
    interrupted goes on where it broke off. Without --to they go into the folder ./ID.
    """
    found = client.campaigns.get(campaign_id)
    wanted = kinds or tuple(found.files)
    if not wanted:
        raise click.ClickException(f"it is {found.status}; it has no files yet")
    for path in fetched(
        client, campaign_id, wanted, folder or Path(campaign_id), show(verbose=verbose)
    ):
        click.echo(path)


def fetched(
    client: Client, campaign_id: str, kinds: Sequence[str], folder: Path, shown: Show
) -> Iterator[Path]:
    """Fetch files into a folder, and give the path of each as soon as it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    again = command("download", campaign_id, folder)
    for kind in kinds:
        with leaving(f"go on with: {again}"), shown.moving(kind) as moved:
            path = client.campaigns.download(campaign_id, kind, folder, moved)
        yield path


def command(verb: str, campaign_id: str, folder: Path | None) -> str:
    """Spell a command for people to copy."""
    to = [] if folder is None else ["--to", str(folder)]
    return shlex.join(["loanscore", "campaign", verb, campaign_id, *to])
