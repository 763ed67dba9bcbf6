"""The picture of a campaign's summary: panels in two columns, and nothing that is not in it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from api.pages.language import number
from api.pictures.bars import bars, said
from api.pictures.document import document
from api.pictures.histogram import histogram
from api.pictures.matrix import Matrix, matrix
from api.pictures.panel import Panel
from api.pictures.stability import stability
from api.pictures.words import share, short

_DECISIONS = {"approve": "good", "review": "wary", "decline": "bad"}
#: Why a campaign could not be compared with another, in the words of `worker.campaigns.diff`.
_ERRORS = {
    "it has no results; name a campaign that is over and is kept": lazy_gettext(
        "it has no results; name a campaign that is over and is kept"
    ),
    "its plan cannot be read": lazy_gettext("its plan cannot be read"),
    "its results cannot be read": lazy_gettext("its results cannot be read"),
}


class _Named:
    """Calls codes by their names.

    Args:
        names: code -> what it is called; another is called as it is.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def one(self, code: str) -> str:
        return self._names.get(code, code)

    def keys(self, of: Mapping[str, Any]) -> dict[str, Any]:
        return {self.one(code): value for code, value in of.items()}

    def matrix(self, counts: Matrix) -> Matrix:
        return {self.one(was): self.keys(line) for was, line in counts.items()}


def summary_svg(summary: dict[str, Any], names: Mapping[str, str]) -> str:
    """Draw a summary, in the language in force.

    Args:
        summary: what a campaign's summary.json holds; `docs/campaigns.md` explains it.
        names: code of a field, decision or fault -> what it is called; else it is shown as it is.
    Returns:
        An SVG document, the same for the same summary. It has no script and asks for nothing from
        elsewhere; its style element holds `style.STYLE`.
    """
    named = _Named(names)
    decisions = {**dict.fromkeys(_DECISIONS, 0), **summary["decisions"]}
    panels = [
        histogram(gettext("Probability of default"), summary["pd"]),
        stability(gettext("Population stability index"), _stabilities(summary, named)),
        bars(gettext("Grades"), summary["grades"], {}, gettext("The policy has no grades.")),
        bars(gettext("Decisions"), named.keys(decisions), named.keys(_DECISIONS), ""),
        *_diff(summary.get("diff"), summary["scored"], named),
        bars(
            gettext("Faults by code"),
            named.keys(summary["faults"]),
            {},
            gettext("No row has a fault."),
        ),
    ]
    return document(gettext("Summary of a campaign"), _figures(summary), panels)


def _stabilities(summary: dict[str, Any], named: _Named) -> dict[str, float | None]:
    fields = {named.one(name): field["psi"] for name, field in summary["fields"].items()}
    return {gettext("score (pd)"): summary["pd"]["psi"], **fields}


def _figures(summary: dict[str, Any]) -> str:
    said = gettext(
        "%(rows)s rows: %(scored)s scored, %(invalid)s invalid; expected loss %(loss)s",
        rows=number(summary["rows"]),
        scored=number(summary["scored"]),
        invalid=number(summary["invalid"]),
        loss=number(summary["expected_loss"], 2, fixed=True),
    )
    return str(said)


def _diff(diff: dict[str, Any] | None, scored: int, named: _Named) -> list[Panel]:
    if diff is None:
        return []
    past = gettext("the file's own past") if diff["with"] == "columns" else str(diff["with"])
    if "error" in diff:
        error = str(_ERRORS.get(diff["error"], diff["error"]))
        caption = gettext("with %(past)s", past=past)
        return [said(Panel(gettext("Not compared"), f"{past}: {error}", caption), error)]
    caption = gettext(
        "%(compared)s of %(scored)s compared with %(past)s",
        compared=number(diff["compared"]),
        scored=number(scored),
        past=short(past),
    )
    panels = [matrix(gettext("Grades before and now"), diff["grades"], caption)]
    if diff["decisions"] is not None:
        moves = named.matrix(diff["decisions"])
        panels.append(matrix(gettext("Decisions before and now"), moves, _flips(diff)))
    return panels


def _flips(diff: dict[str, Any]) -> str:
    pd = diff["pd"]
    flips = gettext(
        "%(flips)s flips (%(share)s)",
        flips=number(diff["flips"]),
        share=share(diff["flips"], pd["compared"]),
    )
    if pd["mean_change"] is None:
        return str(flips)
    before, now = (number(pd[name], 4, fixed=True) for name in ("mean_before", "mean_now"))
    moved = gettext("mean pd %(before)s to %(now)s", before=before, now=now)
    return f"{flips}; {moved}"
