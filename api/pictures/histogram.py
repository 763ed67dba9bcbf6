"""The histogram of pd or of a field: live shares beside those of the training applicants."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask_babel import gettext

from api.pages.language import number
from api.pictures.panel import Box, Panel
from api.pictures.style import COLUMN, LETTER, PAD
from api.pictures.words import brief, counted, share

#: Height of the tallest bar, px.
TALL = 130
#: A line of the table below the bars, px.
ROW = 18
#: Digits of the ends of bins, at most.
EDGE = 6
#: Of more bins than this a cell has room for fewer letters.
MANY = 8
#: Letters of a cell, of few bins and of many.
LETTERS, FEWER = 12, 5


class _Bin(NamedTuple):
    low: float
    high: float
    now: int
    trained: int


def histogram(title: str, distribution: dict[str, Any], of: str = "pd") -> Panel:
    """Draw the share of each bin, now and in training.

    Args:
        title: the heading.
        distribution: one of a summary.
        of: what it is the distribution of.
    """
    edges = distribution["edges"]
    counts = zip(edges, edges[1:], distribution["counts"], distribution["trained"], strict=False)
    bins = [_Bin(*one) for one in counts]
    totals = sum(one.now for one in bins), sum(one.trained for one in bins)
    told = "; ".join(
        gettext(
            "from %(low)s to %(high)s: portfolio %(now)s, training %(trained)s",
            low=number(one.low, EDGE),
            high=number(one.high, EDGE),
            now=counted(one.now, totals[0]),
            trained=counted(one.trained, totals[1]),
        )
        for one in bins
    )
    caption = gettext("share of rows by pd: blue the portfolio, grey training")
    if of != "pd":
        caption = gettext("share of rows: blue the portfolio, grey training")
    panel = Panel(title, told, caption)
    if bins:
        _draw(panel, bins, totals, of)
    return panel


def _draw(panel: Panel, bins: Sequence[_Bin], totals: tuple[int, int], of: str) -> None:
    lines = _lines(bins, totals, of)
    left = PAD + LETTER * (1 + max(len(name) for name, _ in lines))
    wide = (COLUMN - PAD - left) / len(bins)
    shares = [(one.now / (totals[0] or 1), one.trained / (totals[1] or 1)) for one in bins]
    most = max(max(pair) for pair in shares) or 1
    foot = panel.top + TALL + 6
    for place, pair in enumerate(shares):
        for side, part in enumerate(pair):
            tall = TALL * part / most
            x = left + wide * (place + 0.12 + 0.38 * side)
            panel.fill(Box(x, foot - tall, wide * 0.36, tall), ("now", "past")[side])
    panel.line(left, foot, (COLUMN - PAD, foot), "axis")
    panel.grow(TALL + 6)
    for name, cells in lines:
        panel.text(PAD, panel.top + ROW - 3, name, "soft")
        for place, cell in enumerate(cells):
            panel.text(left + wide * (place + 0.5), panel.top + ROW - 3, cell, "small", "middle")
        panel.grow(ROW)


def _lines(bins: Sequence[_Bin], totals: tuple[int, int], of: str) -> list[tuple[str, list[str]]]:
    """Spell the table below the bars: name of a line -> its cells."""
    room = FEWER if len(bins) > MANY else LETTERS
    below = gettext("pd below") if of == "pd" else gettext("below")
    return [
        (below, [brief(one.high, number(one.high, EDGE), room) for one in bins]),
        (gettext("portfolio"), [brief(one.now, number(one.now), room) for one in bins]),
        ("", [share(one.now, totals[0]) for one in bins]),
        (gettext("training"), [brief(one.trained, number(one.trained), room) for one in bins]),
        ("", [share(one.trained, totals[1]) for one in bins]),
    ]
