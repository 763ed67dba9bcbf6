"""A matrix of what was before and what is now, as a heat map with its numbers."""

from collections.abc import Mapping

from flask_babel import gettext

from api.pages.language import number
from api.pictures.panel import Box, Panel
from api.pictures.style import COLUMN, LETTER, PAD
from api.pictures.words import short

#: Height of a cell, and of the line of names above the cells, px.
CELL, NAMES = 32, 36
#: Opacity of a cell with all rows of its line: text on it has a contrast above 4.5 in both themes.
_FULL = 0.55

Matrix = Mapping[str, Mapping[str, int]]


def matrix(title: str, counts: Matrix, caption: str) -> Panel:
    """Draw the rows that went from each name before to each name now.

    Args:
        title: the heading.
        counts: before -> now -> rows; each before has the same nows.
        caption: a line below the heading.
    """
    told = "; ".join(
        gettext("%(was)s to %(now)s: %(rows)s", was=was, now=now, rows=number(rows))
        for was, line in counts.items()
        for now, rows in line.items()
    )
    panel = Panel(title, f"{caption}; {told}" if caption else told, caption)
    nows = list(next(iter(counts.values()), {}))
    if not nows:
        return panel
    before = gettext("before")
    left = PAD + 8 + LETTER * max(len(before), *(len(short(was)) for was in counts))
    wide = (COLUMN - PAD - left) / len(nows)
    panel.text((left + COLUMN - PAD) / 2, panel.top + 12, gettext("now"), "soft", "middle")
    panel.text(PAD, panel.top + NAMES - 8, before, "soft")
    for place, now in enumerate(nows):
        panel.text(left + wide * (place + 0.5), panel.top + NAMES - 8, short(now), "", "middle")
    panel.grow(NAMES)
    for was, line in counts.items():
        panel.text(PAD, panel.top + CELL / 2 + 4, short(was))
        _draw(panel, line, left, wide)
        panel.grow(CELL)
    return panel


def _draw(panel: Panel, line: Mapping[str, int], left: float, wide: float) -> None:
    """Draw one line; the darker a cell, the larger its share of those who were there before."""
    total = sum(line.values()) or 1
    for place, rows in enumerate(line.values()):
        x = left + wide * place
        panel.fill(Box(x, panel.top, wide, CELL), "now cell", _FULL * rows / total)
        spelt = number(rows)
        kind = "small" if len(spelt) * LETTER > wide - 6 else ""
        panel.text(x + wide / 2, panel.top + CELL / 2 + 4, spelt, kind, "middle")
