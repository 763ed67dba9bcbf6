"""`loanscore keys`: make, list and revoke API keys."""

import json
import time
from typing import Any

import click

from cli.connection import open_redis
from cli.table import table
from protocol.key import SCOPES, Key, Limit
from protocol.keystore import KeyStore
from protocol.times import rfc3339

_COLUMNS = ("id", "client", "scopes", "last4", "created", "expires", "limit", "status")


@click.group("keys")
def group() -> None:
    """Make, list and revoke the API keys of clients."""


@group.command()
@click.option("--client", required=True, help="Owner of the jobs, a slug such as acme-los.")
@click.option("--scope", "scopes", required=True, multiple=True, type=click.Choice(SCOPES))
@click.option("--expires-days", type=click.IntRange(1), help="Days until it expires [never].")
@click.option("--rate", type=float, help="Scores and other requests a second [no limit].")
@click.option("--burst", type=int, help="How many at once; goes with --rate.")
def create(
    client: str,
    scopes: tuple[str, ...],
    expires_days: int | None,
    rate: float | None,
    burst: int | None,
) -> None:
    """Make a key and print it, this once.

    A client may have two live keys of the same scopes: make the second, change over to it, revoke
    the first.
    """
    if (rate is None) != (burst is None):
        raise click.UsageError("--rate and --burst go together")
    limit = None if rate is None or burst is None else Limit(rate, burst)
    with open_redis() as redis:
        secret, key = KeyStore(redis).create(client, scopes, expires_days=expires_days, limit=limit)
    click.echo(f"Key {key.id} of {client}. It is not shown again; keep it safe.", err=True)
    click.echo("The API takes it within 5 seconds.", err=True)
    click.echo(secret)


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(*, as_json: bool) -> None:
    """List the keys: what is known of them, which is never the key."""
    with open_redis() as redis:
        rows = [_row(key) for key in KeyStore(redis).all().values()]
    click.echo(json.dumps(rows, indent=2) if as_json else table(_COLUMNS, rows))


@group.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Revoke a key by its id (see `keys list`): the API refuses it within 5 seconds."""
    with open_redis() as redis:
        if not KeyStore(redis).revoke(key_id):
            raise click.ClickException("no key has this id; see `loanscore keys list`")
    click.echo(f"Key {key_id} is revoked; the API refuses it within 5 seconds.", err=True)


def _row(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "client": key.client,
        "scopes": list(key.scopes),
        "last4": key.last4,
        "created": rfc3339(key.created_ms),
        "expires": None if key.expires_ms is None else rfc3339(key.expires_ms),
        "limit": key.limit and key.limit._asdict(),
        "status": "live" if key.live(time.time() * 1_000) else "expired",
    }
