"""`loanscore doctor`: look at everything a service stands on, and say what to fix."""

import os
import sys
from collections.abc import Iterator

import click

from cli.checkup import model, server, storage
from cli.checkup.finding import Finding, State, fault, ok
from cli.connection import redis_url
from cli.table import table
from protocol.campaigns import Campaigns
from protocol.errors import SettingsError
from protocol.ledger import Ledger, connect
from protocol.settings import Settings


@click.command("doctor")
def group() -> None:
    """Look at settings, Redis, storage, model, policy and clock, and say what to fix.

    Exits with 0 when nothing is a FAULT, else 1. It looks from where it is run: in the containers,
    as the user and with the settings of one of them.
    """
    found = list(_findings())
    rows = [{"what": one.what, "state": one.state.value, "found": one.text} for one in found]
    click.echo(table(("what", "state", "found"), rows))
    if any(one.state is State.FAULT for one in found):
        sys.exit(1)


def _findings() -> Iterator[Finding]:
    try:
        settings = Settings.read(os.environ)
    except SettingsError as error:
        yield fault("settings", str(error))
        return
    yield ok("settings", "every LOANSCORE_ variable is known and in its range")
    url = redis_url(settings)
    of_server = list(server.findings(url, settings))
    yield from of_server
    if of_server[0].what == "redis":  # it does not answer
        yield from storage.findings(settings, None)
        yield from model.findings(settings, None, None)
        return
    with connect(url) as client:
        yield from storage.findings(settings, client)
        yield from model.findings(settings, Ledger(client, settings), Campaigns(client, settings))
