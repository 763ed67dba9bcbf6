"""A panel: one picture with its heading, its frame, and the same said in words."""

import re
from collections.abc import Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from api.pictures.style import COLUMN, PAD

#: What XML 1.0 has no place for, escaped or not.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Height of the heading, and of a caption below it, px.
HEAD, CAPTION = 40, 20


class Box(NamedTuple):
    """A rectangle in a panel, px."""

    x: float
    y: float
    width: float
    height: float


class Panel:
    """Drawn from its upper left corner; `grow` makes room for what is drawn next.

    Args:
        title: the heading.
        told: every number of the picture in words, for who cannot see it.
        caption: a line below the heading.
    """

    def __init__(self, title: str, told: str, caption: str = "") -> None:
        #: where the next thing has its upper end, px
        self.top: float = HEAD
        self._title = title
        self._told = told
        self._drawn = Element("g")
        self.text(PAD, 26, title, "heading")
        if caption:
            self.text(PAD, HEAD + 6, caption, "soft")
            self.grow(CAPTION)

    @property
    def height(self) -> float:
        """Height of the frame, px."""
        return self.top + PAD

    def grow(self, height: float) -> None:
        """Make room for what was drawn from `top` on, px."""
        self.top += height

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """Write one line; `y` is its base line."""
        at = {"x": number(x), "y": number(y), "text-anchor": anchor, "class": kind}
        SubElement(self._drawn, "text", at).text = clean(words)

    def fill(self, box: Box, kind: str, opacity: float = 1) -> None:
        """Fill a rectangle."""
        at = {name: number(value) for name, value in box._asdict().items()}
        SubElement(self._drawn, "rect", {**at, "class": kind, "fill-opacity": f"{opacity:.2f}"})

    def line(self, x: float, y: float, end: tuple[float, float], kind: str) -> None:
        """Draw a line to `end`."""
        at = {"x1": x, "y1": y, "x2": end[0], "y2": end[1]}
        numbers = {name: number(value) for name, value in at.items()}
        SubElement(self._drawn, "line", {**numbers, "class": kind})

    def dot(self, x: float, y: float, kind: str) -> None:
        """Draw a dot around a point."""
        at = {"cx": number(x), "cy": number(y), "r": "3.5", "class": kind}
        SubElement(self._drawn, "circle", at)

    def curve(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        """Draw a line through points."""
        through = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        SubElement(self._drawn, "polyline", {"points": through, "class": kind})

    def placed(self, x: float, y: float, height: float, name: str) -> Element:
        """Give the panel in its frame.

        Args:
            x: left, px.
            y: top, px.
            height: of the frame, px.
            name: unique in the picture.
        """
        ids = f"{name}-title", f"{name}-desc"
        at = {"transform": f"translate({number(x)} {number(y)})", "role": "img"}
        group = Element("g", {**at, "aria-labelledby": " ".join(ids)})
        SubElement(group, "title", {"id": ids[0]}).text = clean(self._title)
        SubElement(group, "desc", {"id": ids[1]}).text = clean(self._told)
        size = {"width": number(COLUMN), "height": number(height), "rx": "8"}
        SubElement(group, "rect", {**size, "class": "frame"})
        group.append(self._drawn)
        return group


def number(value: float) -> str:
    """Write a coordinate.

    >>> number(12.0), number(0.04), number(1 / 3)
    ('12', '0', '0.3')
    """
    return f"{value:.1f}".rstrip("0").rstrip(".")


def clean(words: str) -> str:
    r"""Leave out what cannot be written in XML.

    >>> clean("a<b\x00")
    'a<b?'
    """
    return _UNWRITABLE.sub("?", words)
