"""axe-core finds no violation of WCAG 2.2 A and AA: every page, both languages, both themes."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from protocol.application import EXAMPLE
from tests.browser import overrides

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
LANGUAGES, THEMES = ("en-GB", "fr-FR"), ("light", "dark")
#: Narrow as a phone, and as a page that is enlarged four times (WCAG 1.4.10).
NARROW = {"width": 320, "height": 640}


def scored(page, **typed):
    given = {name: str(value) for name, value in EXAMPLE._asdict().items()} | typed
    for name, text in given.items():
        page.fill(f"#{name}", text)
    page.click("#main form button")
    page.wait_for_selector(".decision, .alert")


def overridden(page):
    """Override a decision, faultily first."""
    scored(page, credit_lines_outstanding="5")
    page.click(".decide summary")
    page.evaluate("document.querySelector('#override-reason').required = false")
    page.fill("#override-note", "Her employer stands surety.")
    page.click(".decide button")
    page.wait_for_selector(".decide .alert")
    assert violations(page) == []
    page.select_option("#override-reason", "GUARANTOR")
    page.click(".decide button")
    page.wait_for_selector(".overrides")
    page.click(".decide summary")


def waiting(page):
    """Have an override wait, and look at the list."""
    overrides.ask(page)
    page.goto("/overrides")
    assert page.locator("tbody tr").count() > 0


def begun(page, book):
    """Begin a campaign of a file, wait until it is over."""
    page.set_input_files("#file", book)
    page.click("summary")
    page.fill("#column-income", "revenus")
    page.click("summary >> nth=1")
    page.fill("#previous-pd", "pd_2025")
    page.click("#main form button")
    page.wait_for_selector("#summary")


def unfolded(page):
    """Open the tables below the pictures, which have to be there."""
    for summary in page.query_selector_all("summary"):
        summary.click()
    assert page.locator("details[open] td").count() > 20
    pictures = "[...document.querySelectorAll('.picture')].map(one => one.naturalWidth)"
    page.wait_for_function(f"({pictures}).every(Boolean)")
    assert len(page.evaluate(pictures)) == 2


#: What is looked at: as whom, where, and what is done there first.
SIGHTS = {
    "sign-in": (None, "/sign-in", None),
    "nothing there": ("adviser", "/scores/sc_1", None),
    "empty form": ("adviser", "/", None),
    "faults": ("adviser", "/", lambda page: scored(page, income="x", fico_score="1")),
    "approved": ("adviser", "/", lambda page: scored(page, credit_lines_outstanding="0")),
    "for review": ("adviser", "/", scored),
    "model": ("adviser", "/model", unfolded),
    "queue": ("admin", "/queue", None),
    "campaigns": (
        "risk",
        "/campaigns",
        lambda page: [one.click() for one in page.query_selector_all("summary")],
    ),
    "declined": ("adviser", "/", lambda page: scored(page, credit_lines_outstanding="5")),
    "overridden": ("risk", "/", overridden),
    "overrides": ("risk", "/", waiting),
}


def violations(page):
    found = Axe().run(
        page,
        options={"runOnly": {"type": "tag", "values": LEVELS}, "resultTypes": ["violations"]},
    )
    return [
        (one["id"], [node["html"] for node in one["nodes"]]) for one in found.response["violations"]
    ]


@pytest.mark.parametrize("sight", SIGHTS)
def test_axe_finds_nothing(open_browser, sight):
    role, path, act = SIGHTS[sight]
    for locale in LANGUAGES:
        page = open_browser(role, path, locale=locale)
        if act:
            act(page)
        assert page.get_attribute("html", "lang") == locale[:2]
        check(page)


def check(page):
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        assert violations(page) == [], theme
    wide = page.viewport_size
    page.set_viewport_size(NARROW)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"], "it must not scroll sideways"
    page.set_viewport_size(wide)


def test_axe_finds_nothing_in_a_campaign(open_browser, campaign_worker, book):
    page = open_browser("risk", "/campaigns")
    begun(page, book)
    for language in ("fr", "en"):
        page.click(f"#languages [lang={language}]")
        page.wait_for_selector(f"html[lang={language}]")
        check(page)


def test_axe_is_awake(open_browser):
    page = open_browser(None, "/sign-in")
    page.evaluate("document.querySelector('label').remove()")
    assert [name for name, _ in violations(page)] == ["label"]
