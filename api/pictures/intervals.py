"""Shares with the interval each may lie in, one below the other, and where each was expected."""

from collections.abc import Sequence
from typing import NamedTuple

from flask_babel import gettext

from api.pages.language import number, percent
from api.pictures import bars
from api.pictures.panel import Box, Panel
from api.pictures.stability import KINDS, said
from api.pictures.style import COLUMN, PAD

#: The axis ends at the least of these that holds all of them.
_ENDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0)
#: Room for the words behind an interval, height of it and of the mark of what was expected, px.
_WORDS, _THIN, _MARK = 150, 4, 14


class Share(NamedTuple):
    """One share."""

    name: str
    part: int
    of: int
    low: float
    high: float
    #: None where nothing was
    expected: float | None
    #: too-few, stable, watch or moved
    level: str


def intervals(title: str, shares: Sequence[Share], caption: str, nothing: str) -> Panel:
    """Draw shares.

    Args:
        title: the heading.
        shares: of one or more each, in the order drawn.
        caption: a line below the heading.
        nothing: said when there are none.
    """
    told = "; ".join(_told(one) for one in shares)
    panel = Panel(title, told or nothing, caption)
    if not shares:
        return bars.said(panel, nothing)
    left = bars.beside({one.name: one for one in shares})
    room = COLUMN - left - _WORDS - PAD
    largest = max(max(one.high, one.expected or 0) for one in shares)
    end = next((end for end in _ENDS if end >= largest), 1.0)
    for one in shares:
        _draw(panel, one, left, room / end)
        panel.grow(bars.LINE)
    places = 0 if end > 0.1 else 2
    for mark in (0.0, end / 2, end):
        x = left + room * mark / end
        panel.text(x, panel.top + 12, percent(mark, places), "soft small", "middle")
    panel.grow(16)
    return panel


def _draw(panel: Panel, one: Share, left: float, scale: float) -> None:
    middle = panel.top + bars.LINE / 2
    reach = Box(left + scale * one.low, middle - _THIN / 2, scale * (one.high - one.low) + 1, _THIN)
    bars.line(panel, one.name, reach, KINDS[one.level])
    panel.dot(left + scale * one.part / one.of, middle, KINDS[one.level])
    if one.expected is not None:
        x = left + scale * one.expected
        panel.line(x, middle - _MARK / 2, (x, middle + _MARK / 2), "whisker")
    words = f"{_counted(one)} {said(one.level)}"
    panel.text(COLUMN - PAD - _WORDS + 10, panel.top + bars.LINE - 8, words, "small")


def _told(one: Share) -> str:
    reach = gettext("%(low)s to %(high)s", low=percent(one.low, 2), high=percent(one.high, 2))
    found = f"{one.name}: {_counted(one)}, {percent(one.part / one.of, 2)} ({reach})"
    if one.expected is not None:
        expected = gettext("%(share)s expected", share=percent(one.expected, 2))
        found = f"{found}, {expected}"
    return f"{found}, {said(one.level)}"


def _counted(one: Share) -> str:
    return str(gettext("%(part)s of %(all)s", part=number(one.part), all=number(one.of)))
