"""The pictures of a model's figures: every point where it belongs, and told in words."""

from xml.etree import ElementTree as ET

import pytest

from api.pictures.measured import calibration_svg, roc_svg
from api.pictures.square import SIDE
from protocol.figures import Figures

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = Figures.model_validate(
    {
        "format": 1,
        "digest": "sha256:" + "0" * 64,
        "served": "a",
        "calibration": [
            {"mean_pd": 0.0, "loans": 8_120, "defaults": 0, "low": 0.0, "high": 0.0007},
            {"mean_pd": 0.75, "loans": 4, "defaults": 1, "low": 0.0456, "high": 0.6994},
        ],
        "roc": [
            {"pd": None, "false_alarms": 0, "caught": 0},
            {"pd": 0.3, "false_alarms": 0.25, "caught": 0.5},
            {"pd": 0.0, "false_alarms": 1, "caught": 1},
        ],
        "models": {"a": {}},
    }
)


def drawn(text):
    return ET.fromstring(text)  # noqa: S314 - it is our own


def dots(root):
    """Where the dots are, as shares of the square."""
    axes = root.findall(f".//{SVG}line[@class='axis']")
    left = min(float(line.get("x1")) for line in axes)
    foot = max(float(line.get("y1")) for line in axes)
    return [
        (
            round((float(dot.get("cx")) - left) / SIDE, 3),
            round((foot - float(dot.get("cy"))) / SIDE, 3),
        )
        for dot in root.iter(f"{SVG}circle")
    ]


def test_calibration_has_a_dot_at_pd_and_share_and_says_both():
    root = drawn(calibration_svg(FIGURES))
    assert dots(root) == [(0, 0), (0.75, 0.25)]
    told = root.find(f".//{SVG}desc").text
    assert told.split("; ")[1] == "of 4 loans with a mean pd of 75.0% 25.0% defaulted"
    assert len(root.findall(f".//{SVG}line[@class='whisker']")) == 6


def test_roc_has_a_line_through_its_dots_and_says_them():
    root = drawn(roc_svg(FIGURES))
    assert dots(root) == [(0, 0), (0.25, 0.5), (1, 1)]
    line = root.find(f".//{SVG}polyline").get("points").split()
    circles = [f"{dot.get('cx')},{dot.get('cy')}" for dot in root.iter(f"{SVG}circle")]
    assert line == circles
    assert "50.0% of the defaults caught at 25.0% of the" in root.find(f".//{SVG}desc").text


@pytest.mark.parametrize("draw", [calibration_svg, roc_svg])
def test_each_is_named_and_told_by_elements_of_its_own(draw):
    root = drawn(draw(FIGURES))
    panel = root.find(f"{SVG}g[@role='img']")
    named = panel.get("aria-labelledby").split()
    assert [panel.find(f"*[@id='{name}']").tag for name in named] == [f"{SVG}title", f"{SVG}desc"]
    assert root.get("lang") == "en"
