"""A square of two shares: one from left to right, the other from bottom to top, both 0 to 1."""

from collections.abc import Iterable, Sequence

from api.pages.language import percent
from api.pictures.panel import Panel
from api.pictures.style import COLUMN, LETTER, PAD

#: Length of a side, px.
SIDE = 300
#: Where the axes have their numbers.
MARKS = (0.0, 0.25, 0.5, 0.75, 1.0)
#: Room below the square for the numbers and the name of the axis; a tick above and below a whisker.
_FOOT, _TICK = 42, 4

Point = tuple[float, float]


class Square:
    """Draws into a panel, which it makes grow.

    Args:
        panel: to draw into.
        across: what goes from left to right.
        up: what goes from bottom to top, written above the square.
    """

    def __init__(self, panel: Panel, across: str, up: str) -> None:
        self._panel = panel
        self._left = (COLUMN - SIDE) / 2 + 2 * LETTER
        panel.text(PAD, panel.top + 12, up, "soft")
        panel.grow(28)
        self._foot = panel.top + SIDE
        for mark in MARKS:
            x, y = self._at((mark, mark))
            panel.line(self._left, y, (self._left + SIDE, y), "axis")
            panel.line(x, self._foot, (x, self._foot - SIDE), "axis")
            panel.text(self._left - 8, y + 4, percent(mark, 0), "soft", "end")
            panel.text(x, self._foot + 16, percent(mark, 0), "soft", "middle")
        panel.text(self._left + SIDE / 2, self._foot + 34, across, "soft", "middle")
        panel.line(*self._at((0, 0)), self._at((1, 1)), "mark")
        panel.grow(SIDE + _FOOT)

    def dots(self, points: Sequence[Point]) -> None:
        """Draw points."""
        for point in points:
            self._panel.dot(*self._at(point), "now")

    def curve(self, points: Sequence[Point]) -> None:
        """Draw a line through points."""
        self._panel.curve([self._at(point) for point in points], "curve")

    def whiskers(self, reach: Iterable[tuple[float, float, float]]) -> None:
        """Draw how far each point could be from where it is: across, lower end, upper end."""
        for across, low, high in reach:
            x, bottom = self._at((across, low))
            _, top = self._at((across, high))
            self._panel.line(x, bottom, (x, top), "whisker")
            for y in (bottom, top):
                self._panel.line(x - _TICK, y, (x + _TICK, y), "whisker")

    def _at(self, point: Point) -> Point:
        return self._left + SIDE * point[0], self._foot - SIDE * point[1]
