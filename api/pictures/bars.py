"""Bars: a count for each of some names, one below the other."""

from collections.abc import Mapping

from api.pictures.panel import Box, Panel
from api.pictures.style import COLUMN, LETTER, PAD
from api.pictures.words import counted, short

#: Height of a line and of the bar in it, px.
LINE, BAR = 24, 14
#: Room for the numbers behind a bar, px.
NUMBERS = 130


def bars(title: str, counts: Mapping[str, int], kinds: Mapping[str, str], nothing: str) -> Panel:
    """Draw counts and their shares.

    Args:
        title: the heading.
        counts: name -> rows, in the order drawn.
        kinds: name -> class of its bar; "now" where there is none.
        nothing: said when there are no names.
    """
    total = sum(counts.values())
    numbers = {name: counted(rows, total) for name, rows in counts.items()}
    told = "; ".join(f"{name}: {spelt}" for name, spelt in numbers.items())
    panel = Panel(title, told or nothing)
    if not counts:
        return said(panel, nothing)
    left = beside(counts)
    room = COLUMN - left - NUMBERS - PAD
    for name, rows in counts.items():
        width = room * rows / (max(counts.values()) or 1)
        line(panel, name, Box(left, panel.top + 5, width, BAR), kinds.get(name, "now"))
        panel.text(left + width + 6, panel.top + LINE - 8, numbers[name])
        panel.grow(LINE)
    return panel


def line(panel: Panel, name: str, bar: Box, kind: str) -> None:
    """Write a name and draw its bar."""
    panel.text(PAD, panel.top + LINE - 8, short(name))
    panel.fill(bar, kind)


def said(panel: Panel, words: str) -> Panel:
    """Write a line in the place of a picture."""
    panel.text(PAD, panel.top + LINE - 8, words, "soft")
    panel.grow(LINE)
    return panel


def beside(names: Mapping[str, object]) -> float:
    """Find where bars begin so that their names stand left of them, px."""
    return PAD + 10 + LETTER * max(len(short(name)) for name in names)
