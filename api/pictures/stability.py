"""The PSI of the score and of each field, beside the customary lines."""

from collections.abc import Mapping

from flask_babel import gettext

from api.pages.language import number
from api.pictures import bars
from api.pictures.panel import Box, Panel
from api.pictures.style import COLUMN, PAD

#: By custom below the first stable, above the second moved (Siddiqi, Credit Risk Scorecards, 2006).
WATCH, MOVED = 0.10, 0.25
#: Where the axis ends: at the largest PSI between these two.
LEAST, MOST = 0.30, 0.60
#: Room for the number and the word behind a bar, px.
_NUMBERS = 130


def stability(title: str, found: Mapping[str, float | None]) -> Panel:
    """Draw each PSI.

    Args:
        title: the heading.
        found: name -> PSI; None for a portfolio without a scored row.
    """
    words = {name: _word(psi) for name, psi in found.items()}
    told = "; ".join(f"{name}: {word}" for name, word in words.items())
    caption = gettext(
        "against training: by custom stable below %(watch)s, moved above %(moved)s",
        watch=number(WATCH, 2, fixed=True),
        moved=number(MOVED, 2, fixed=True),
    )
    panel = Panel(title, told, caption)
    left = bars.beside(found)
    room = COLUMN - left - _NUMBERS - PAD
    end = min(max([LEAST, *(psi for psi in found.values() if psi is not None)]), MOST)
    top = panel.top
    for name, psi in found.items():
        width = room * min(psi or 0, end) / end
        bars.line(panel, name, Box(left, panel.top + 5, width, bars.BAR), _kind(psi))
        panel.text(left + room + 10, panel.top + bars.LINE - 8, words[name])
        panel.grow(bars.LINE)
    for mark in (WATCH, MOVED):
        x = left + room * mark / end
        panel.line(x, top, (x, panel.top + 2), "mark")
        panel.text(x, panel.top + 14, number(mark, 2, fixed=True), "soft small", "middle")
    panel.grow(16)
    return panel


def _word(psi: float | None) -> str:
    if psi is None:
        return str(gettext("no scored row"))
    kinds = {"good": gettext("stable"), "wary": gettext("watch"), "bad": gettext("moved")}
    return f"{number(psi, 4, fixed=True)} {kinds[_kind(psi)]}"


def _kind(psi: float | None) -> str:
    """Give the class of a bar.

    >>> _kind(0.09), _kind(0.1), _kind(0.26)
    ('good', 'wary', 'bad')
    """
    if psi is None or psi < WATCH:
        return "good"
    return "bad" if psi > MOVED else "wary"
