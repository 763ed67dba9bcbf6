"""`loanscore records overrides`: how often decisions were overridden, and why."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from cli.archive import DAY, day, folder_option, opened
from cli.table import table
from records.override_rates import Scored, rates


@click.command("overrides")
@folder_option
@click.option("--from", "first", type=DAY, help="First day of the scores in question, UTC.")
@click.option("--to", "last", type=DAY, help="Last day.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(
    folder: Path | None, first: datetime | None, last: datetime | None, *, as_json: bool
) -> None:
    """Count what was overridden, by direction and by reason, of the archived scores.

    Low-side is approved although the score declines, high-side declined although it approves. What
    still waits to be archived is not counted.
    """
    found = rates(opened(folder), Scored(day(first), day(last)))
    if as_json:
        period = {"from": day(first), "to": day(last)}
        said = {name: at and at.isoformat() for name, at in period.items()}
        click.echo(json.dumps(said | found, indent=2))
        return
    scored, second = found["scored"], found["second_person"]
    click.echo(
        f"{sum(scored.values())} scored: {scored['approve']} approve, {scored['review']} review,"
        f" {scored['decline']} decline"
    )
    click.echo(f"{found['overridden']} overridden ({_share(found)})\n")
    click.echo(_table(["direction", "overridden", "of", "share"], found["directions"]) + "\n")
    if found["reasons"]:
        columns = ["reason", "direction", "overridden", "share"]
        click.echo(_table(columns, found["reasons"]) + "\n")
    click.echo(
        f"second person: {second['asked']} asked, {second['approved']} approved,"
        f" {second['rejected']} rejected, {second['open']} open"
    )


def _table(columns: list[str], rows: list[dict[str, Any]]) -> str:
    return table(columns, [row | {"share": _share(row)} for row in rows])


def _share(row: dict[str, Any]) -> str:
    return "-" if row["share"] is None else f"{row['share']:.1%}"
