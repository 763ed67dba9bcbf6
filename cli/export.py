"""`loanscore export`: the served scorecard for engines that are not ours."""

import os
import re

import click

from cli import pmml as as_pmml
from cli import sql as as_sql
from protocol.artefact import Manifest, check_schema, read_manifest
from protocol.policy import read_policy
from protocol.settings import Settings

#: A table as every engine takes it unquoted, in a schema or not.
_TABLE = r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?"


@click.group("export")
def group() -> None:
    """Write the model of LOANSCORE_MODEL_DIR as SQL or PMML, to standard output."""


def _table(_: click.Context, __: click.Parameter, name: str) -> str:
    if not re.fullmatch(_TABLE, name):
        raise click.BadParameter("write letters, digits and _, with a schema before a dot or none")
    return name


@group.command()
@click.option("--table", default="applications", show_default=True, callback=_table)
def sql(table: str) -> None:
    """Write a query that scores a table: logit, pd, points, grade, decision, expected loss.

    The table has the fields of an application as columns. Cut-offs, grades and points are the
    policy's in force.
    """
    settings = Settings.read(os.environ)
    policy = read_policy(settings.policy)
    click.echo(as_sql.query(_manifest(settings), policy, table), nl=False)


@group.command()
def pmml() -> None:
    """Write PMML 4.4: the fields of an application in, the pd out."""
    click.echo(as_pmml.document(_manifest(Settings.read(os.environ))), nl=False)


def _manifest(settings: Settings) -> Manifest:
    manifest = read_manifest(settings.artefact_folder)
    check_schema(manifest)
    return manifest
