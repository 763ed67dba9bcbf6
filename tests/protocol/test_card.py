"""The model card: what anybody writes in it is shown and never obeyed."""

import pytest

from protocol.card import NOBODY, PICTURE_FILE, PROMOTIONS, page, plain, promoted

HOSTILE = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    "a | b | c",
    "# heading\n\n* list",
    "`code`",
    "&lt;script&gt; \\ \\<b>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_person_wrote_is_text_and_nothing_else(text: str) -> None:
    html = page(promoted(PROMOTIONS + "\n" + NOBODY, "now", text, text), None)
    body = html.partition("<body>")[2]
    for tag in ("<script", "<a ", "<img", "<h1", "<code", "<b>", "<table"):
        assert tag not in body
    assert body.count("<li>") == 1


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '<img src=x onerror="alert(1)">'])
def test_html_that_stands_in_a_card_is_escaped(text: str) -> None:
    html = page(f"# Card\n\n{text}\n\n| a |\n| --- |\n| {text} |\n", None)
    assert text not in html
    assert html.count("&lt;") >= 2


def test_a_link_that_would_run_code_is_none() -> None:
    assert "href" not in page("[x](javascript:alert(1))", None)


def test_promotions_are_listed_in_their_order() -> None:
    card = "# Card\n\n" + PROMOTIONS + "\n" + NOBODY
    once = promoted(card, "monday", "ana", "first")
    twice = promoted(once, "tuesday", "ben", "second")
    assert NOBODY not in twice
    html = page(twice, None)
    assert html.count("<li>") == 2
    assert html.index("monday, ana: first") < html.index("tuesday, ben: second")


def test_the_picture_is_inside_the_page() -> None:
    html = page(f"![Calibration]({PICTURE_FILE})", b"PNG")
    assert 'src="data:image/png;base64,UE5H"' in html
    assert PICTURE_FILE not in html


def test_plain_text_stays_in_its_line() -> None:
    assert "\n" not in plain("a\r\nb\u2028c")
