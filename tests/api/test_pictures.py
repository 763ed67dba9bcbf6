"""The picture of a summary: valid whatever the summary holds, and every number also in words."""

import re
from xml.etree import ElementTree as ET

import pytest

from api.pictures.summary import summary_svg

SVG = "{http://www.w3.org/2000/svg}"
EDGES, TRAINED = [0.0, 0.0025, 0.05, 1.0], [6437, 75, 1483]
MOVES = {"A": {"A": 1_234_567, "B": 3}, "B": {"A": 0, "B": 40}}
DECIDED = {
    "approve": {"approve": 1_000_000, "review": 9, "decline": 1},
    "review": {"approve": 2, "review": 30, "decline": 4},
    "decline": {"approve": 5, "review": 6, "decline": 234_553},
}
DIFF = {
    "with": "columns",
    "compared": 1_234_610,
    "without_previous": 7,
    "grades": MOVES,
    "decisions": DECIDED,
    "flips": 27,
    "pd": {"compared": 1_234_610, "mean_before": 0.1, "mean_now": 0.2, "mean_change": 0.1},
    "movers": [{"line": 2, "reference": "PRIVATE-1"}],
}


def distribution(counts, psi):
    return {
        "edges": EDGES,
        "below": 0,
        "counts": counts,
        "above": 0,
        "trained": TRAINED,
        "psi": psi,
    }


def summary(scored, *, psi=0.1234, **more):
    counts = [scored, 0, 0]
    psi = psi if scored else None
    return {
        "rows": scored,
        "scored": scored,
        "invalid": 0,
        "faults": {},
        "decisions": {"approve": scored} if scored else {},
        "grades": {"A": scored, "B": 0},
        "expected_loss": 12.5 * scored,
        "pd": distribution(counts, psi),
        "fields": {"income": distribution(counts, psi), "fico_score": distribution(counts, psi)},
        "diff": None,
        **more,
    }


def drawn(told):
    return ET.fromstring(summary_svg(told, {}))  # noqa: S314 - it is our own


def panels(told):
    """Heading of each panel -> what it says in words."""
    groups = drawn(told).findall(f"{SVG}g[@role='img']")
    return {group.find(f"{SVG}title").text: group.find(f"{SVG}desc").text for group in groups}


ALL = {
    "no row": summary(0),
    "one row": summary(1),
    "no diff member": {name: part for name, part in summary(5).items() if name != "diff"},
    "a diff": summary(5, diff=DIFF),
    "nothing compared": summary(
        0,
        diff={
            **DIFF,
            "compared": 0,
            "flips": 0,
            "pd": dict.fromkeys(DIFF["pd"]) | {"compared": 0},
            "grades": {"A": {"A": 0}},
        },
    ),
    "grades alone": summary(5, diff={**DIFF, "decisions": None, "flips": None, "pd": None}),
    "an error": summary(5, diff={"with": "ca_" + "0" * 44, "error": "it has no results"}),
    "odd names": summary(5, faults={'<b>&"\0\x1b\ud800': 3, "x" * 90: 10**9}),
    "far away": summary(5, psi=99.0),
}


@pytest.mark.parametrize("told", ALL.values(), ids=ALL)
def test_every_summary_gives_a_valid_picture_that_is_the_same_each_time(told):
    text = summary_svg(told, {})
    assert summary_svg(told, {}) == text
    root = ET.fromstring(text)  # noqa: S314 - it is our own
    assert root.tag == f"{SVG}svg"
    numbers = [
        float(value)
        for element in root.iter()
        for name, value in element.attrib.items()
        if name in {"x", "y", "width", "height", "x1", "x2", "y1", "y2"} and value != "100%"
    ]
    largest = max(float(root.get("width")), float(root.get("height")))
    assert all(0 <= value <= largest for value in numbers)


@pytest.mark.parametrize("told", ALL.values(), ids=ALL)
def test_each_panel_is_named_and_told_by_elements_of_its_own(told):
    root = drawn(told)
    ids = [element.get("id") for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    for panel in [root, *root.findall(f"{SVG}g")]:
        named = panel.get("aria-labelledby").split()
        parts = {part.get("id"): part for part in panel}
        assert [parts[name].tag for name in named] == [f"{SVG}title", f"{SVG}desc"]
        assert all(parts[name].text for name in named)


def test_it_asks_for_nothing_from_elsewhere_and_runs_nothing():
    text = summary_svg(ALL["a diff"], {})
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"script|href|url\(|@import|\son\w+=", text)
    assert "prefers-color-scheme:dark" in text


def test_every_number_is_told_in_words_and_written():
    told = summary(1_234_617, diff=DIFF, faults={"missing": 20, "out-of-range": 60})
    words = panels(told)
    assert "portfolio 1,234,617 (100.0%), training 6,437 (80.5%)" in words["Probability of default"]
    assert words["Population stability index"].startswith("score (pd): 0.1234 watch; income: 0.12")
    assert words["Grades"] == "A: 1,234,617 (100.0%); B: 0 (0.0%)"
    assert words["Decisions"].endswith("review: 0 (0.0%); decline: 0 (0.0%)")
    assert "A to A: 1,234,567; A to B: 3; B to A: 0" in words["Grades before and now"]
    assert words["Decisions before and now"].startswith(
        "27 flips (<\N{NO-BREAK SPACE}0.1%); mean pd 0.1000 to 0.2000"
    )
    assert words["Faults by code"] == "missing: 20 (25.0%); out-of-range: 60 (75.0%)"
    written = {element.text for element in drawn(told).iter(f"{SVG}text")}
    assert {"1,234,567", "6,437", "0.1234 watch", "20 (25.0%)", "234,553"} <= written


def test_in_french_words_numbers_and_names_are_french(make_app, redis_url):
    told = summary(
        1_234_617,
        diff=DIFF | {"error": "its plan cannot be read", "with": "columns"},
        faults={"x": 2},
    )
    names = {"income": "Revenus annuels", "review": "pour examen"}
    app = make_app(redis_url)
    for diff in (DIFF, told["diff"]):
        with app.test_request_context(headers={"Accept-Language": "fr"}):
            svg = summary_svg(told | {"diff": diff}, names)
        root = ET.fromstring(svg)  # noqa: S314 - it is our own
        texts = [part.text or "" for part in root.iter() if part.tag != f"{SVG}style"]
        written = " ".join(texts).replace("\N{NARROW NO-BREAK SPACE}", " ")
        english = r"\b(rows|scored|grades?|before|now|training|from|to|with|moved|watch|compared)\b"
        assert re.findall(english, written, re.IGNORECASE) == []
        assert "Revenus annuels" in written
        assert "pour examen" in written
        assert "1 234 617" in written
        assert "0,1234 à suivre" in written
        assert root.get("lang") == "fr"
    assert "son plan est illisible" in written


def test_the_movers_are_not_in_it():
    assert "PRIVATE" not in summary_svg(ALL["a diff"], {})


def test_a_diff_that_could_not_be_made_says_why():
    assert panels(ALL["an error"])["Not compared"] == f"ca_{'0' * 44}: it has no results"
    assert "Grades before and now" not in panels(ALL["an error"])


def test_where_only_grades_are_known_no_flips_are_drawn():
    assert "Grades before and now" in panels(ALL["grades alone"])
    assert "Decisions before and now" not in panels(ALL["grades alone"])
