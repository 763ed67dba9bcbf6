"""The picture of a campaign's summary: panels in two columns, and nothing that is not in it."""

from itertools import zip_longest
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from api.pictures.bars import bars, said
from api.pictures.histogram import histogram
from api.pictures.matrix import matrix
from api.pictures.panel import Panel, number
from api.pictures.stability import stability
from api.pictures.style import COLUMN, GAP, MARGIN, STYLE, WIDTH
from api.pictures.words import share, short

#: Height of the headline and the line below it, px.
_HEAD = 64
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
    return _document(_figures(summary), panels)


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


def _document(figures: str, panels: list[Panel]) -> str:
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "class": "ls", "role": "group"})
    root.set("aria-labelledby", "ls-title ls-desc")
    SubElement(root, "title", {"id": "ls-title"}).text = "Summary of a campaign"
    SubElement(root, "desc", {"id": "ls-desc"}).text = figures
    SubElement(root, "style").text = STYLE
    paper = SubElement(root, "rect", {"width": "100%", "height": "100%", "class": "paper"})
    for y, kind, words in ((36, "headline", "Summary of a campaign"), (58, "soft", figures)):
        at = {"x": number(MARGIN), "y": number(y), "class": kind, "aria-hidden": "true"}
        SubElement(root, "text", at).text = words
    height = _place(root, panels) + MARGIN - GAP
    paper.set("aria-hidden", "true")
    for name, value in (("width", WIDTH), ("height", height)):
        root.set(name, number(value))
    root.set("viewBox", f"0 0 {number(WIDTH)} {number(height)}")
    return tostring(root, encoding="unicode")


def _place(root: Element, panels: list[Panel]) -> float:
    """Put panels side by side, two in a row of one height; returns where the next would be, px."""
    top = float(MARGIN + _HEAD)
    for place, pair in enumerate(zip_longest(panels[::2], panels[1::2])):
        row = [panel for panel in pair if panel is not None]
        height = max(panel.height for panel in row)
        for side, panel in enumerate(row):
            x = MARGIN + side * (COLUMN + GAP)
            root.append(panel.placed(x, top, height, f"ls-{place}-{side}"))
        top += height + GAP
    return top
