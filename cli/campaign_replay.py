"""`loanscore campaign replay`: have archived decisions decided again, and see what differs."""

from datetime import datetime
from pathlib import Path

import click
from loanscore_client import Client

from cli.campaign_files import verbose_option
from cli.campaign_run import see_through
from cli.portfolio import FORMATS
from cli.progress import show
from cli.service import calls_service
from protocol.policy import DECISIONS

_day = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--from", "first", type=_day, help="First day of becoming final, UTC.")
@click.option("--to", "last", type=_day, help="Last day.")
@click.option("--id", "score_id", metavar="ID", help="One score alone.")
@click.option("--reference", help="Your own.")
@click.option("--decision", type=click.Choice(DECISIONS), help="As it was.")
@click.option("--model", metavar="DIGEST", help="Decide by this one [the one that serves]")
@click.option("--policy", metavar="DIGEST", help="Likewise.")
@click.option("--approve-below", type=float, help="In place of the policy's cut-off.")
@click.option("--decline-above", type=float, help="Likewise; give both or none.")
@click.option("--output", type=FORMATS, help="Format of the results [csv]")
@click.option("--name", help="Your own label of the campaign.")
@click.option(
    "--files",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Put the files there; it is made when there is none.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the campaign, for programs.")
@verbose_option
@calls_service
def replay(  # noqa: PLR0913 - an option each
    client: Client,
    *,
    first: datetime | None,
    last: datetime | None,
    score_id: str | None,
    reference: str | None,
    decision: str | None,
    model: str | None,
    policy: str | None,
    approve_below: float | None,
    decline_above: float | None,
    output: str | None,
    name: str | None,
    folder: Path | None,
    as_json: bool,
    verbose: bool,
) -> None:
    """Decide archived decisions of yours again; exit code 1 when one cannot be reproduced.

    Each is decided by what made it, which must give what was recorded to the last bit, and by
    the model and policy that are named, or serve. Records that wait to be archived are not among
    them.
    """
    accepted = client.campaigns.replay(
        first=_written(first),
        last=_written(last),
        score_id=score_id,
        reference=reference,
        decision=decision,
        model=model,
        policy=policy,
        cut_offs=_cut_offs(approve_below, decline_above),
        output=output,
        name=name,
    )
    shown = show(verbose=verbose)
    told = see_through(client, accepted.id, folder, shown, as_json=as_json).get("replay")
    if told is None:
        raise click.ClickException("it has no summary yet, and so no verdicts: watch it again")
    failed = told["verdicts"]["unreproducible"]
    if failed:
        causes = ", ".join(f"{cause} {count:,}" for cause, count in told["causes"].items())
        raise click.ClickException(f"{failed:,} cannot be reproduced: {causes}")


def _cut_offs(approve_below: float | None, decline_above: float | None) -> dict[str, float] | None:
    if approve_below is None and decline_above is None:
        return None
    if approve_below is None or decline_above is None:
        raise click.UsageError("give both --approve-below and --decline-above, or none")
    return {"approve_below": approve_below, "decline_above": decline_above}


def _written(day: datetime | None) -> str | None:
    return None if day is None else f"{day:%Y-%m-%d}"
