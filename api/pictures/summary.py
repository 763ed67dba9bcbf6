"""The picture of a campaign's summary: panels in two columns, and nothing that is not in it."""

from typing import Any

from flask_babel import gettext

from api.pictures.bars import bars, said
from api.pictures.document import document
from api.pictures.histogram import histogram
from api.pictures.matrix import matrix
from api.pictures.panel import Panel
from api.pictures.stability import stability
from api.pictures.words import share, short

_DECISIONS = {"approve": "good", "review": "wary", "decline": "bad"}


def summary_svg(summary: dict[str, Any]) -> str:
    """Draw a summary.

    Args:
        summary: what a campaign's summary.json holds; `docs/campaigns.md` explains it.
    Returns:
        An SVG document, the same for the same summary. It has no script and asks for nothing from
        elsewhere; its style element holds `style.STYLE`.
    """
    panels = [
        histogram("Probability of default", summary["pd"]),
        stability("Population stability index", _stabilities(summary)),
        bars("Grades", summary["grades"], {}, "The policy has no grades."),
        bars("Decisions", _decisions(summary), _DECISIONS, ""),
        *_diff(summary.get("diff"), summary["scored"]),
        bars("Faults by code", summary["faults"], {}, "No row has a fault."),
    ]
    return document(gettext("Summary of a campaign"), _figures(summary), panels)


def _decisions(summary: dict[str, Any]) -> dict[str, int]:
    return {**dict.fromkeys(_DECISIONS, 0), **summary["decisions"]}


def _stabilities(summary: dict[str, Any]) -> dict[str, float | None]:
    fields = {name: field["psi"] for name, field in summary["fields"].items()}
    return {"score (pd)": summary["pd"]["psi"], **fields}


def _figures(summary: dict[str, Any]) -> str:
    return (
        f"{summary['rows']:,} rows: {summary['scored']:,} scored, {summary['invalid']:,} invalid;"
        f" expected loss {summary['expected_loss']:,.2f}"
    )


def _diff(diff: dict[str, Any] | None, scored: int) -> list[Panel]:
    if diff is None:
        return []
    past = "the file's own past" if diff["with"] == "columns" else str(diff["with"])
    if "error" in diff:
        error = str(diff["error"])
        return [said(Panel("Not compared", f"{past}: {error}", f"with {past}"), error)]
    caption = f"{diff['compared']:,} of {scored:,} compared with {short(past)}"
    panels = [matrix("Grades before and now", diff["grades"], caption)]
    if diff["decisions"] is not None:
        panels.append(matrix("Decisions before and now", diff["decisions"], _flips(diff)))
    return panels


def _flips(diff: dict[str, Any]) -> str:
    pd = diff["pd"]
    flips = f"{diff['flips']:,} flips ({share(diff['flips'], pd['compared'])})"
    if pd["mean_change"] is None:
        return flips
    return f"{flips}; mean pd {pd['mean_before']:.4f} to {pd['mean_now']:.4f}"
