"""The picture of a report of monitoring: what it says of one model."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from api.pages.language import number
from api.pictures.document import document
from api.pictures.histogram import histogram
from api.pictures.intervals import Share, intervals
from api.pictures.panel import Panel
from api.pictures.stability import stability


def monitoring_svg(report: dict[str, Any], model: dict[str, Any]) -> str:
    """Draw a report, in the language in force.

    Args:
        report: as `docs/monitoring.md` explains it.
        model: one of its `models`.
    Returns:
        An SVG document, the same for the same report.
    """
    distributions = {gettext("score (pd)"): model["score"], **model["fields"]}
    fields = model["fields"]
    panels = [
        stability(
            gettext("Population stability index"),
            {name: one["psi"] for name, one in distributions.items()},
            {name: one["level"] for name, one in distributions.items()},
            tuple(report["thresholds"]["psi"].values()),
        ),
        histogram(gettext("Probability of default"), model["score"]),
        _rate(gettext("Outside the trained range"), "out_of_range", fields),
        _rate(gettext("Missing"), "missing", fields),
        *(histogram(name, field, name) for name, field in fields.items()),
        *_calibration(model["outcomes"]),
    ]
    return document(gettext("Monitoring"), _figures(report, model), panels)


def _figures(report: dict[str, Any], model: dict[str, Any]) -> str:
    said = gettext(
        "%(model)s: %(scored)s decisions, %(first)s to %(last)s; alarms: %(alarms)s",
        model=f"{model['name']} {model['version']}",
        scored=number(model["scored"]),
        first=report["window"]["from"],
        last=report["window"]["to"],
        alarms=number(len(report["alarms"])),
    )
    return str(said)


def _rate(title: str, rule: str, fields: Mapping[str, Any]) -> Panel:
    found = {name: field[rule] for name, field in fields.items() if field[rule]["of"]}
    shares = [_share(name, one, ("count", "of"), None) for name, one in found.items()]
    return intervals(
        title,
        shares,
        gettext("share of decisions, with its interval"),
        gettext("There is no decision."),
    )


def _calibration(after: dict[str, Any] | None) -> list[Panel]:
    if after is None:
        return []
    caption = gettext("share of defaults, with its interval; stroke: expected")
    titles = {
        "grades": gettext("Calibration by grade"),
        "vintages": gettext("Calibration by vintage"),
    }
    return [intervals(title, _groups(after[one]), caption, "") for one, title in titles.items()]


def _groups(groups: Mapping[str, Any]) -> list[Share]:
    return [
        _share(name, one, ("defaults", "scores"), one["expected_share"])
        for name, one in groups.items()
    ]


def _share(
    name: str, found: Mapping[str, Any], of: tuple[str, str], expected: float | None
) -> Share:
    part, whole = of
    low, high = found["interval"]
    return Share(name, found[part], found[whole], low, high, expected, found["level"])
