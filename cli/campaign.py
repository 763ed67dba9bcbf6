"""`loanscore campaign`: score whole portfolios over HTTP, as any caller does."""

import json
from itertools import islice
from typing import Any

import click
from loanscore_client import Campaign, Client

from cli.campaign_files import download
from cli.campaign_replay import replay
from cli.campaign_run import run, watch
from cli.report import overview
from cli.service import calls_service
from cli.table import table

_COLUMNS = ("id", "status", "name", "rows", "done", "created")
_id = click.argument("campaign_id", metavar="ID")
_json = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group("campaign")
def group() -> None:
    """Score whole portfolios: millions of rows, each in the results or in a list of faults.

    These commands talk to the API with a key of scope `campaigns`, as any caller does.
    """


for command in (run, replay, watch, download):
    group.add_command(command)


@group.command()
@click.argument("campaign_id", metavar="[ID]", required=False)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@_json
@calls_service
def status(client: Client, campaign_id: str | None, limit: int, *, as_json: bool) -> None:
    """Show a campaign as it stands; without ID list them, the newest first."""
    if campaign_id is not None:
        _show(client.campaigns.get(campaign_id), as_json=as_json)
        return
    found = list(islice(client.campaigns.list(), limit))
    if as_json:
        click.echo(json.dumps([one.document for one in found], indent=2))
    else:
        click.echo(table(_COLUMNS, [_row(one) for one in found]))


@group.command()
@_id
@_json
@calls_service
def cancel(client: Client, campaign_id: str, *, as_json: bool) -> None:
    """Cancel a campaign; what is scored is kept, and its files say what is not."""
    _show(client.campaigns.cancel(campaign_id), as_json=as_json)


@group.command()
@_id
@_json
@calls_service
def pause(client: Client, campaign_id: str, *, as_json: bool) -> None:
    """Pause a campaign; chunks that are being scored are finished."""
    _show(client.campaigns.pause(campaign_id), as_json=as_json)


@group.command()
@_id
@_json
@calls_service
def resume(client: Client, campaign_id: str, *, as_json: bool) -> None:
    """Go on with a paused or failed campaign; what is done is not done again."""
    _show(client.campaigns.resume(campaign_id), as_json=as_json)


@group.command()
@_id
@calls_service
def erase(client: Client, campaign_id: str) -> None:
    """Erase a campaign with its portfolio and files, for good, even one at work."""
    client.campaigns.erase(campaign_id)
    click.echo(f"Campaign {campaign_id} is erased.", err=True)


def _show(found: Campaign, *, as_json: bool) -> None:
    click.echo(json.dumps(found.document, indent=2) if as_json else overview(found))


def _row(found: Campaign) -> dict[str, Any]:
    return {
        "id": found.id,
        "status": found.status,
        "name": found.name,
        "rows": found.counts.total,
        "done": f"{found.progress.share:.0%}",
        "created": f"{found.created_at:%Y-%m-%d %H:%M:%SZ}",
    }
