"""An adviser at the counter: typed, scored, read, in both languages, with a script and without."""

import re
import time

from protocol.application import EXAMPLE
from tests.conftest import PASSWORD

TYPED = {name: str(value) for name, value in EXAMPLE._asdict().items()}
FRENCH = {"locale": "fr-FR"}


def fill(page, **typed):
    for name, text in (TYPED | typed).items():
        page.fill(f"#{name}", text)


def score(page):
    page.click("#main form button")


def focused(page):
    return page.evaluate("document.activeElement.outerHTML")


def test_six_fields_are_typed_and_the_answer_comes_on_the_same_page(open_browser, report):
    page = open_browser("adviser")
    weight = sum(request.sizes()["responseBodySize"] for request in page.watch.requests)
    fill(page)
    began = time.monotonic()
    score(page)
    page.wait_for_selector(".decision")
    report(
        f"score page: {weight / 1_000:.0f} kB, answer on it after {time.monotonic() - began:.2f} s"
    )
    assert weight < 200_000
    assert "To be looked at" in focused(page)
    assert page.input_value("#income") == TYPED["income"]
    documents = [one for one in page.watch.requests if one.resource_type == "document"]
    assert len(documents) == 1  # the answer came into the page
    assert page.url.endswith("/")
    assert len(page.query_selector_all(".reasons li")) == 4
    bars = [bar.bounding_box()["width"] for bar in page.query_selector_all(".bar .fill")]
    assert bars == sorted(bars, reverse=True)
    assert bars[0] > bars[-1] > 0
    page.click("text=sc_")
    page.wait_for_selector(".decision")
    assert re.search(r"/scores/sc_[0-9a-f]{44}$", page.url)


def test_faults_take_the_focus_and_lead_to_their_fields(open_browser):
    page = open_browser("adviser")
    fill(page, income="abc", fico_score="900")
    score(page)
    page.wait_for_selector(".alert")
    assert 'role="alert"' in focused(page)
    assert page.inner_text(".alert strong") == "2 fields need you:"
    page.click(".alert >> text=FICO score")
    assert 'id="fico_score"' in focused(page)
    described = page.get_attribute("#fico_score", "aria-describedby").split()
    assert "Take a number from 300 to 850." in [page.inner_text(f"#{one}") for one in described]
    fill(page, fico_score="648")
    score(page)
    page.wait_for_selector(".decision")
    assert page.query_selector_all(".fault, .alert") == []


def test_the_language_is_the_browsers_until_another_is_chosen(open_browser):
    page = open_browser("adviser", **FRENCH)
    assert page.get_attribute("html", "lang") == "fr"
    fill(page, total_debt_outstanding="13600,50", income="61 500")
    score(page)
    page.wait_for_selector(".decision")
    assert page.inner_text(".figures dd").replace("\N{NO-BREAK SPACE}", " ").endswith(" %")
    assert "," in page.inner_text(".figures dd")
    assert "Revenus" in page.inner_text(".reasons")
    page.click("text=English")
    page.wait_for_selector("html[lang=en]")
    assert "To be looked at" in page.inner_text(
        ".decision"
    )  # the same score, in the other language
    page.goto("/")
    assert page.get_attribute("html", "lang") == "en"


def test_without_a_script_all_of_it_works(open_browser):
    page = open_browser(javascript=False)
    page.fill("#name", "adviser-one")
    page.fill("#password", PASSWORD)
    page.click("#main button")
    fill(page, years_employed="")
    score(page)
    assert page.inner_text("#years_employed-fault") == "Fill this in."
    fill(page, credit_lines_outstanding="0")
    score(page)
    assert "No risk detected" in page.inner_text(".decision")
    assert page.input_value("#income") == TYPED["income"]
    page.click("text=Sign out")
    assert page.url.endswith("/sign-in")


def test_the_keyboard_is_enough(open_browser):
    page = open_browser()
    assert 'id="name"' in focused(page)
    page.keyboard.type("adviser-one")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#income")
    page.keyboard.press("Tab")
    assert 'class="skip"' in focused(page)
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    for name, text in TYPED.items():
        page.keyboard.press("Tab")
        assert f'id="{name}"' in focused(page)
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"  # where one is can be seen
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_selector(".decision")
    assert "To be looked at" in focused(page)
    for _ in range(10):
        page.keyboard.press("Tab")
        if "sc_" in focused(page):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/scores/sc_*")


def test_on_paper_is_the_answer_and_no_navigation(open_browser):
    page = open_browser("adviser", "/?example")
    score(page)
    page.wait_for_selector(".decision")
    assert page.is_visible("text=Print for the file")
    page.emulate_media(media="print")
    assert not page.is_visible("nav")
    assert not page.is_visible("#main form button")
    assert page.is_visible(".decision")
    assert page.is_visible("#income")


def test_the_watch_sees_what_a_page_may_not(open_browser):
    page = open_browser(None, "/sign-in")
    page.evaluate("fetch('https://elsewhere.example/').catch(() => 0)")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">')")
    seen = " ".join(page.watch.complaints)
    assert "connect-src 'self'" in seen
    assert "style-src 'self'" in seen
    page.watch.complaints.clear()
