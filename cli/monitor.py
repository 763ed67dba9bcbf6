"""`loanscore monitor`: how far live applicants have moved, and how right the model was."""

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from cli.archive import DAY, day, folder_option, opened
from cli.connection import open_redis
from cli.table import table
from monitoring.decisions import Models
from monitoring.levels import Thresholds
from monitoring.outcomes import matched
from monitoring.report import Window, report
from protocol.errors import LedgerUnavailable
from protocol.kept import Kept
from protocol.refused import Counts, Refused
from protocol.settings import Settings

_DRIFT = ("name", "values", "psi", "by chance", "p", "missing", "out of range", "level")
_GROUPS = ("name", "scores", "defaults", "expected", "share", "interval", "p", "level")


@click.command("monitor")
@folder_option
@click.option("--from", "first", type=DAY, help="First day of the decisions, UTC. [30 days back]")
@click.option("--to", "last", type=DAY, help="Last day. [today]")
@click.option("--json", "as_json", is_flag=True, help="The whole report, for programs.")
@click.option("--unmatched", is_flag=True, help="Only the ids of outcomes that match no decision.")
@click.option("--fail", is_flag=True, help="Exit with 1 when there is an alarm.")
def group(  # noqa: PLR0913 - one argument an option
    folder: Path | None,
    first: datetime | None,
    last: datetime | None,
    *,
    as_json: bool,
    unmatched: bool,
    fail: bool,
) -> None:
    """Compare archived decisions with training, and with the outcomes that came.

    What waits to be archived is not among them. The thresholds are those of LOANSCORE_MONITOR_*.
    """
    settings, now = Settings.read(os.environ), datetime.now(UTC)
    window = Window.until(day(last) or now.date(), settings, day(first))
    if window.first > window.last:
        raise click.UsageError("--from is after --to")
    thresholds, kept = Thresholds.of(settings), Kept(settings.storage_folder)
    if unmatched:
        found = matched(opened(folder), Models(kept), window.outcomes_first, window.last)
        click.echo("".join(f"{score_id}\n" for score_id in found.unmatched), nl=False)
        return
    refusals = None if folder else _refusals(window)
    made = report(opened(folder), kept, window, thresholds, now, refusals=refusals)
    click.echo(json.dumps(made, indent=2) if as_json else _page(made))
    if fail and made["alarms"]:
        raise click.ClickException(f"alarms: {len(made['alarms'])}")


def _refusals(window: Window) -> Counts | None:
    """Ask the service's Redis; without it they are not known."""
    with suppress(LedgerUnavailable):
        return Refused(open_redis()).between(window.first, window.last)
    return None


def _page(found: dict[str, Any]) -> str:
    window, outcomes = found["window"], found["outcomes"]
    rate = found["thresholds"]["false_alarms"]
    head = (
        f"{window['from']} to {window['to']}: {found['level']}, alarms: {len(found['alarms'])}"
        f" ({rate['tests']} tests; without drift {rate['rate']:.0%} of such reports have one)"
    )
    foot = (
        f"outcomes: {outcomes['received']:,} of scores since {outcomes['window']['from']},"
        f" {outcomes['unmatched']:,} match no decision, {outcomes['erased']:,} erased"
    )
    parts = [
        head,
        *map(_model, found["models"]),
        *_refused(found["refused"]),
        *(f"{number:,} decisions of {one}: not on the shelf" for one, number in _lost(found)),
        foot,
    ]
    return "\n\n".join(parts)


def _refused(refused: dict[str, Any] | None) -> list[str]:
    if refused is None:
        return ["refused applications: not known without the service's Redis"]
    rows = [
        {
            "name": name,
            "missing": _share(found["missing"]["share"]),
            "invalid": _share(found["invalid"]["share"]),
            "level": _worst([found["missing"]["level"], found["invalid"]["level"]]),
        }
        for name, found in refused["fields"].items()
    ]
    head = f"{refused['applications']:,} of {refused['of']:,} applications were refused"
    return [head, table(("name", "missing", "invalid", "level"), rows)]


def _lost(found: dict[str, Any]) -> list[tuple[str, int]]:
    return list(found["not_kept"].items())


def _model(model: dict[str, Any]) -> str:
    rows = [_drift("score (pd)", model["score"])]
    rows += [_drift(name, field) for name, field in model["fields"].items()]
    parts = [
        f"{model['name']} {model['version']} {model['digest'][:19]}: {model['scored']:,} decisions",
        table(_DRIFT, rows),
    ]
    after = model["outcomes"]
    if after:
        parts += [
            _figures(after),
            *(
                table(_GROUPS, [_group(name, one) for name, one in after[groups].items()])
                for groups in ("grades", "vintages")
            ),
        ]
    return "\n\n".join(parts)


def _drift(name: str, found: dict[str, Any]) -> dict[str, Any]:
    rates = {rule: found.get(rule, {}) for rule in ("missing", "out_of_range")}
    levels = [found["level"], *(one["level"] for one in _rules(found))]
    return {
        "name": name,
        "values": f"{found['values']:,}",
        "psi": _number(found["psi"]),
        "by chance": _number(found["psi_by_chance"]),
        "p": _number(found["p_value"]),
        "missing": _share(rates["missing"].get("share")),
        "out of range": _share(rates["out_of_range"].get("share")),
        "level": _worst(levels),
    }


def _worst(levels: list[str]) -> str:
    return max(levels, key=("stable", "too-few", "watch", "moved").index)


def _rules(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [found[rule] for rule in ("constant", "missing", "out_of_range") if rule in found]


def _group(name: str, found: dict[str, Any]) -> dict[str, Any]:
    low, high = found["interval"]
    return {
        "name": name,
        "scores": f"{found['scores']:,}",
        "defaults": f"{found['defaults']:,}",
        "expected": f"{found['expected']:,.1f}",
        "share": _share(found["share"]),
        "interval": f"{low:.1%} to {high:.1%}",
        "p": _number(found["p_value"]),
        "level": found["level"],
    }


def _figures(after: dict[str, Any]) -> str:
    """Say what came beside what was measured when it was trained."""
    said = [
        f"{name} {_number(after[name])} (trained {_number(after['trained'][name])})"
        for name in ("auc", "brier", "log_loss")
    ]
    return (
        f"{after['scores']:,} with an outcome, no random sample of them all:"
        f" {after['defaults']:,} defaults, {after['expected']:,.1f} expected; {', '.join(said)}"
    )


def _number(value: float | None) -> str | None:
    """Write a number as short as it can be read.

    >>> _number(0.12345), _number(1e-9), _number(None)
    ('0.1235', '1e-09', None)
    """
    if value is None:
        return None
    return f"{value:.1g}" if 0 < value < 1e-4 else f"{value:.4f}"


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.1%}"
