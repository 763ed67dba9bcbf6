"""`loanscore campaign run` and `watch`: from a file to its results in one command."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from loanscore_client import Accepted, Campaign, Client
from loanscore_client.options import format_of

from cli.campaign_files import command, fetched, to_option, verbose_option
from cli.input import opened
from cli.interruption import interruptible, leaving
from cli.portfolio import portfolio_options
from cli.progress import Show, show
from cli.report import outcome
from cli.service import calls_service


@click.command()
@click.argument("portfolio", metavar="FILE")
@portfolio_options
@to_option
@click.option("--no-wait", is_flag=True, help="Only send it, and print the campaign's id.")
@click.option("--json", "as_json", is_flag=True, help="Print the campaign, for programs.")
@verbose_option
@calls_service
def run(  # noqa: PLR0913 - one argument an option
    client: Client,
    portfolio: str,
    options: dict[str, Any],
    folder: Path | None,
    *,
    no_wait: bool,
    as_json: bool,
    verbose: bool,
) -> None:
    """Send a portfolio, wait until it is scored, fetch its files, print a summary.

    FILE is CSV, NDJSON or Parquet, also with .gz; - is standard input; s3://... and file:///... is
    fetched by the service. The files go into FILE-ID beside FILE, or into --to.
    """
    shown = show(verbose=verbose)
    with interruptible("nothing is accepted before all is sent; see: loanscore campaign status"):
        accepted = _send(client, portfolio, options, shown)
    if no_wait:
        as_document = json.dumps({"id": accepted.id, "status": accepted.status})
        click.echo(as_document if as_json else accepted.id)
        return
    if sys.stderr.isatty():
        click.echo(f"campaign {accepted.id}", err=True)
    folder = folder or _beside(portfolio, accepted.id)
    see_through(client, accepted.id, folder, shown, as_json=as_json)


@click.command()
@click.argument("campaign_id", metavar="ID")
@to_option
@click.option("--json", "as_json", is_flag=True, help="Print the campaign, for programs.")
@verbose_option
@calls_service
def watch(
    client: Client, campaign_id: str, folder: Path | None, *, as_json: bool, verbose: bool
) -> None:
    """Wait until a campaign is over and print its summary; with --to fetch its files, too."""
    see_through(client, campaign_id, folder, show(verbose=verbose), as_json=as_json)


def _send(client: Client, portfolio: str, options: dict[str, Any], shown: Show) -> Accepted:
    try:
        options["format"] = options["format"] or format_of(portfolio)
    except ValueError:
        raise click.BadParameter("the name does not tell", param_hint="--format") from None
    if "://" in portfolio:
        return client.campaigns.create(uri=portfolio, **options)
    with opened(portfolio) as file, shown.moving("sending") as moved:
        return client.campaigns.create(file, sent=moved, **options)


def _beside(portfolio: str, campaign_id: str) -> Path:
    """Name the folder of the files.

    >>> str(_beside("books/q1.csv.gz", "ca_1")), str(_beside("s3://b/q1.csv", "ca_1"))
    ('books/q1-ca_1', 'q1-ca_1')
    """
    path = Path(portfolio)
    stem = path.name.partition(".")[0] if portfolio != "-" else "portfolio"
    folder = Path() if "://" in portfolio else path.parent
    return folder / f"{stem}-{campaign_id}"


def see_through(
    client: Client, campaign_id: str, folder: Path | None, shown: Show, *, as_json: bool
) -> dict[str, Any]:
    """Wait until a campaign is over, fetch its files, print and give its summary.

    Raises:
        ClickException: it did not succeed.
    """
    again = command("watch", campaign_id, folder)
    with leaving(f"the campaign goes on; see it through with: {again}"):
        with shown.scoring() as looked:
            found = client.campaigns.wait(campaign_id, looked=looked)
        summary = client.campaigns.summary(campaign_id) if "summary" in found.files else {}
    if folder is not None and found.files:
        list(fetched(client, campaign_id, tuple(found.files), folder, shown))
    if as_json:
        click.echo(json.dumps(found.document, indent=2))
    else:
        click.echo(outcome(found, summary))
        if folder is not None and found.files:
            click.echo(f"{'files':<14} {folder}")
    _judge(found)
    return summary


def _judge(found: Campaign) -> None:
    if found.status == "succeeded":
        return
    said = f"campaign {found.id} {found.status}"
    if found.error:
        again = command("resume", found.id, None)
        said += f": {found.error.code}: {found.error.detail}; when that is mended: {again}"
    raise click.ClickException(said)
