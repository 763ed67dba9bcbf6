"""`loanscore people`: make, list and revoke those who sign in to the pages."""

import json
import sys
from typing import Any, cast

import click
from werkzeug.security import generate_password_hash

from cli.connection import open_redis
from cli.table import table
from protocol.people import People
from protocol.person import HASHING, ROLES, Person, Role, check_password
from protocol.times import rfc3339

_COLUMNS = ("name", "client", "role", "created", "shown")


@click.group("people")
def group() -> None:
    """Make, list and revoke the people who use the pages.

    A password is asked for twice; where there is no terminal it is the first line of stdin.
    """


@group.command()
@click.argument("name")
@click.option("--client", required=True, help="Whose scores and campaigns, a slug like acme-bank.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What the person may do.")
def create(name: str, client: str, role: str) -> None:
    """Make a person who signs in with NAME.

    An adviser scores applicants and may override a decision, risk runs campaigns too and is the
    second person of overrides, an admin also looks after dead letters.
    """
    hashed = _hashed(name)
    with open_redis() as redis:
        People(redis).create(name, client, cast("Role", role), hashed)
    click.echo(f"{name} can sign in as {role} of {client}.", err=True)


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(*, as_json: bool) -> None:
    """List the people."""
    with open_redis() as redis:
        rows = [_row(person) for person in People(redis).all()]
    click.echo(json.dumps(rows, indent=2) if as_json else table(_COLUMNS, rows))


@group.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Revoke a person: no more sign-ins, and the sessions there are end at once."""
    with open_redis() as redis:
        if not People(redis).revoke(name):
            raise _unknown()
    click.echo(f"{name} is revoked and signed out.", err=True)


@group.command()
@click.argument("name")
def password(name: str) -> None:
    """Give a person another password, and end the sessions there are."""
    with open_redis() as redis:
        person = People(redis).find(name)
        if person is None:
            raise _unknown()
        if not person.local:
            raise click.ClickException("this person signs in by the provider, without a password")
        People(redis).set_hash(person, _hashed(name))
    click.echo(f"{name} has a new password and is signed out.", err=True)


def _hashed(name: str) -> str:
    if sys.stdin.isatty():
        given = str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    check_password(given, name)
    return generate_password_hash(given, HASHING)


def _unknown() -> click.ClickException:
    return click.ClickException("no person has this name; see `loanscore people list`")


def _row(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "client": person.client,
        "role": person.role,
        "created": rfc3339(person.created_ms),
        "shown": person.shown,
    }
