"""`loanscore challenger`: what the model in the shade would have said; see docs/models.md."""

import json
import os
from datetime import datetime
from typing import Any

import click

from cli.archive import DAY, day
from cli.table import table
from protocol.challenger import CHALLENGER_FILE, Challenger
from protocol.errors import LoanscoreError
from protocol.policy import DECISIONS
from protocol.settings import Settings
from records import shade
from records.comparison import report


class NoChallengerError(LoanscoreError):
    """No challenger has scored yet, or not the one that was asked for."""


@click.group("challenger")
def group() -> None:
    """Compare the challenger in the shade with the champion.

    `loanscore challenger put MODEL.joblib` has any fitted classifier be the challenger.
    """


@group.command("report")
@click.option("--from", "first", type=DAY, help="First day of the decisions, UTC.")
@click.option("--to", "last", type=DAY, help="Last day.")
@click.option("--challenger", metavar="DIGEST", help="[default: the last that scored]")
@click.option("--champion", metavar="DIGEST", help="[default: the model of the last decision]")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(
    first: datetime | None,
    last: datetime | None,
    challenger: str | None,
    champion: str | None,
    *,
    as_json: bool,
) -> None:
    """Compare pds, decisions and first reasons, over all and by the champion's grade.

    Of decisions that are archived, which takes a minute at most, and scored in the shade since.
    """
    settings = Settings.read(os.environ)
    about = _challenger(settings, challenger)
    rows = shade.read(shade.of(settings.shade_folder, about.digest), day(first), day(last))
    found = report(rows, about, champion)
    click.echo(json.dumps(found, indent=2) if as_json else _told(found))


def _challenger(settings: Settings, digest: str | None) -> Challenger:
    """Read what is known of one; without a digest, of the one the newest report is about."""
    folder = settings.shade_folder
    try:
        if digest is None:
            digest = str(json.loads(settings.shade_report.read_bytes())["challenger"]["digest"])
        about = shade.of(folder, digest).path / CHALLENGER_FILE
        return Challenger.model_validate_json(about.read_bytes())
    except FileNotFoundError:
        which = f"the challenger {digest}" if digest else "a challenger"
        raise NoChallengerError(
            f"{folder}: nothing that {which} said; train one with `make train`, and run a campaign"
            " worker, which has it score"
        ) from None


def _told(found: dict[str, Any]) -> str:
    challenger, everything = found["challenger"], found["all"]
    lines = [
        f"challenger {challenger['name']} {challenger['version']} {challenger['digest']}",
        f"champion   {found['champion'] or '-'}",
        f"{found['decisions']} decisions of the champion, {found['from'] or '-'} to"
        f" {found['to'] or '-'}; {everything['compared']} compared"
        + "".join(f", {count} {cause}" for cause, count in found["left_out"].items()),
    ]
    if found["of_other_champions"]:
        lines.append(f"{found['of_other_champions']} decisions of other models: --champion DIGEST")
    if not everything["compared"]:
        return "\n".join(lines)
    columns = ["champion", *(f"challenger {decision}" for decision in DECISIONS)]
    moved = [
        {"champion": row, **{f"challenger {to}": str(count) for to, count in counts.items()}}
        for row, counts in everything["decisions"].items()
    ]
    parts = [{"grade": "all", **everything}, *found["grades"]]
    shown = [table(_COLUMNS, list(map(_row, parts))), table(columns, moved), _NOTE]
    return "\n\n".join(["\n".join(lines), *shown])


_NOTE = """\
pd difference: challenger less champion. Same reason: the first one, as the caller was told it, and
with the champion asked by the rule that the challenger is asked by. Intervals are of 95 %."""
_COLUMNS = (
    *("grade", "compared", "pd difference", "interval", "absolute", "lowest", "highest"),
    *("flips", "interval of flips", "same reason", "by rule"),
)


def _row(part: dict[str, Any]) -> dict[str, str]:
    pd, flips = part["pd"], part["flips"]
    return {
        "grade": part["grade"],
        "compared": str(part["compared"]),
        "pd difference": f"{pd['difference']:+.4f}",
        "interval": _interval(pd["interval"], "+.4f"),
        "absolute": f"{pd['absolute']:.4f}",
        "lowest": f"{pd['lowest']:+.4f}",
        "highest": f"{pd['highest']:+.4f}",
        "flips": f"{flips['count']} {_share(flips)}",
        "interval of flips": _interval(flips["interval"], ".1%"),
        "same reason": _share(part["first_reason"]),
        "by rule": _share(part["first_reason_by_rule"]),
    }


def _share(part: dict[str, Any]) -> str:
    return "-" if part["share"] is None else f"{part['share']:.1%}"


def _interval(ends: list[float] | None, spelled: str) -> str:
    return "-" if ends is None else f"{ends[0]:{spelled}} to {ends[1]:{spelled}}"
