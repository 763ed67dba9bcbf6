"""The PSI of the score and of each field, beside the customary lines."""

from collections.abc import Mapping

from flask_babel import gettext

from api.pages.language import number
from api.pictures import bars
from api.pictures.panel import Box, Panel
from api.pictures.style import COLUMN, PAD

#: By custom below the first stable, above the second moved (Siddiqi, Credit Risk Scorecards, 2006).
WATCH, MOVED = 0.10, 0.25
#: Level -> class of its bar.
KINDS = {"too-few": "past", "stable": "good", "watch": "wary", "moved": "bad"}
#: Where the axis ends: at the largest PSI between these two.
LEAST, MOST = 0.30, 0.60
#: Room for the number and the word behind a bar, px.
_NUMBERS = 130


def stability(
    title: str,
    found: Mapping[str, float | None],
    levels: Mapping[str, str] | None = None,
    limits: tuple[float, ...] = (WATCH, MOVED),
) -> Panel:
    """Draw each PSI.

    Args:
        title: the heading.
        found: name -> PSI; None for a portfolio without a scored row.
        levels: name -> of `KINDS`, as somebody judged it who knows the size of the sample; None is
            by the customary lines alone.
        limits: where lines are drawn.
    """
    levels = levels or {name: _level(psi) for name, psi in found.items()}
    words = {name: _word(psi, levels[name]) for name, psi in found.items()}
    told = "; ".join(f"{name}: {word}" for name, word in words.items())
    watch, moved = (number(limit, 2, fixed=True) for limit in limits)
    caption = gettext(
        "against training: by custom stable below %(watch)s, moved above %(moved)s",
        watch=watch,
        moved=moved,
    )
    panel = Panel(title, told, caption)
    left = bars.beside(found)
    room = COLUMN - left - _NUMBERS - PAD
    end = min(max([LEAST, *(psi for psi in found.values() if psi is not None)]), MOST)
    top = panel.top
    for name, psi in found.items():
        width = room * min(psi or 0, end) / end
        bars.line(panel, name, Box(left, panel.top + 5, width, bars.BAR), KINDS[levels[name]])
        panel.text(left + room + 10, panel.top + bars.LINE - 8, words[name])
        panel.grow(bars.LINE)
    for mark in limits:
        x = left + room * mark / end
        panel.line(x, top, (x, panel.top + 2), "mark")
        panel.text(x, panel.top + 14, number(mark, 2, fixed=True), "soft small", "middle")
    panel.grow(16)
    return panel


def _word(psi: float | None, level: str) -> str:
    if psi is None:
        return str(gettext("no scored row"))
    return f"{number(psi, 4, fixed=True)} {said(level)}"


def said(level: str) -> str:
    """Say a level in the language in force."""
    words = {
        "too-few": gettext("too few"),
        "stable": gettext("stable"),
        "watch": gettext("watch"),
        "moved": gettext("moved"),
    }
    return str(words[level])


def _level(psi: float | None) -> str:
    """Judge by the customary lines.

    >>> _level(0.09), _level(0.1), _level(0.26)
    ('stable', 'watch', 'moved')
    """
    if psi is None or psi < WATCH:
        return "stable"
    return "moved" if psi > MOVED else "watch"
