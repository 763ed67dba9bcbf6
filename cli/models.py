"""`loanscore models`: which model is the champion, and how it came to be."""

import os
from typing import Any

import click

from cli.table import table
from protocol.promotions import Promotion, Promotions, line, told
from protocol.settings import Settings

_COLUMNS = ("number", "at", "action", "model", "version", "digest", "by", "forced", "note")


@click.command("models")
def group() -> None:
    """List the promotions, the oldest first, and name the champion.

    Workers take over a new champion within a second, without a restart.
    """
    promotions = Promotions(Settings.read(os.environ).storage_folder).read()
    if promotions:
        click.echo(table(_COLUMNS, list(map(_row, promotions))))
    champions = line(promotions)
    click.echo(told(champions[-1] if champions else None))


def _row(promotion: Promotion) -> dict[str, Any]:
    model = promotion.model.model_dump() if promotion.model else {}
    return {
        "number": promotion.number,
        "at": promotion.at,
        "action": promotion.action,
        "model": model.get("name"),
        "version": model.get("version"),
        "digest": model.get("digest"),
        "by": promotion.by,
        "forced": "yes" if promotion.forced else None,
        "note": promotion.note,
    }
