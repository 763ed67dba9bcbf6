"""A picture as a document of its own: an SVG that is told in words too and asks for nothing."""

from collections.abc import Sequence
from itertools import zip_longest
from xml.etree.ElementTree import Element, SubElement, tostring

from api.pages.language import language
from api.pictures.panel import Panel, number
from api.pictures.style import COLUMN, GAP, MARGIN, STYLE, WIDTH

#: Height of the headline and the line below it, px.
_HEAD = 64


def document(title: str, told: str, panels: Sequence[Panel]) -> str:
    """Put panels in two columns below a headline.

    Args:
        title: the headline.
        told: the line below it.
        panels: in the order of reading.
    """
    root = Element("svg", {"class": "ls", "role": "group", "aria-labelledby": "ls-title ls-desc"})
    SubElement(root, "title", {"id": "ls-title"}).text = title
    SubElement(root, "desc", {"id": "ls-desc"}).text = told
    paper = _paper(root)
    for y, kind, words in ((36, "headline", title), (58, "soft", told)):
        at = {"x": number(MARGIN), "y": number(y), "class": kind, "aria-hidden": "true"}
        SubElement(root, "text", at).text = words
    height = _place(root, panels) + MARGIN - GAP
    paper.set("aria-hidden", "true")
    return _written(root, WIDTH, height)


def alone(panel: Panel) -> str:
    """Make a picture of one panel."""
    root = Element("svg", {"class": "ls"})
    _paper(root)
    root.append(panel.placed(0, 0, panel.height, "ls"))
    return _written(root, COLUMN, panel.height)


def _paper(root: Element) -> Element:
    SubElement(root, "style").text = STYLE
    return SubElement(root, "rect", {"width": "100%", "height": "100%", "class": "paper"})


def _written(root: Element, width: float, height: float) -> str:
    sizes = {"xmlns": "http://www.w3.org/2000/svg", "lang": language()}
    sizes |= {"width": number(width), "height": number(height)}
    sizes["viewBox"] = f"0 0 {number(width)} {number(height)}"
    for name, value in sizes.items():
        root.set(name, value)
    return tostring(root, encoding="unicode")


def _place(root: Element, panels: Sequence[Panel]) -> float:
    """Put panels side by side, two in a row of one height; returns where the next would be, px."""
    top = float(MARGIN + _HEAD)
    for place, pair in enumerate(zip_longest(panels[::2], panels[1::2])):
        row = [panel for panel in pair if panel is not None]
        height = max(panel.height for panel in row)
        for side, panel in enumerate(row):
            x = MARGIN + side * (COLUMN + GAP)
            root.append(panel.placed(x, top, height, f"ls-{place}-{side}"))
        top += height + GAP
    return top
