"""The histogram of pd: the portfolio's shares beside those of the training applicants."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from api.pictures.panel import Box, Panel
from api.pictures.style import COLUMN, LETTER, PAD
from api.pictures.words import counted, share

#: Height of the tallest bar, px.
TALL = 130
#: A line of the table below the bars, px.
ROW = 18


class _Bin(NamedTuple):
    low: float
    high: float
    now: int
    trained: int


def histogram(title: str, distribution: dict[str, Any]) -> Panel:
    """Draw the share of each bin, now and in training.

    Args:
        title: the heading.
        distribution: `pd` of a summary.
    """
    edges = distribution["edges"]
    counts = zip(edges, edges[1:], distribution["counts"], distribution["trained"], strict=False)
    bins = [_Bin(*one) for one in counts]
    totals = sum(one.now for one in bins), sum(one.trained for one in bins)
    told = "; ".join(
        f"from {one.low:g} to {one.high:g}: portfolio {counted(one.now, totals[0])},"
        f" training {counted(one.trained, totals[1])}"
        for one in bins
    )
    panel = Panel(title, told, "share of rows by pd: blue the portfolio, grey training")
    if bins:
        _draw(panel, bins, totals)
    return panel


def _draw(panel: Panel, bins: Sequence[_Bin], totals: tuple[int, int]) -> None:
    left = PAD + 9 * LETTER
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
    lines = {
        "pd below": [f"{one.high:g}" for one in bins],
        "portfolio": [f"{one.now:,}" for one in bins],
        " ": [share(one.now, totals[0]) for one in bins],
        "training": [f"{one.trained:,}" for one in bins],
        "": [share(one.trained, totals[1]) for one in bins],
    }
    for name, cells in lines.items():
        panel.text(PAD, panel.top + ROW - 3, name, "soft")
        for place, cell in enumerate(cells):
            panel.text(left + wide * (place + 0.5), panel.top + ROW - 3, cell, "small", "middle")
        panel.grow(ROW)
