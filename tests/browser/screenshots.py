"""`make screenshots`: each page as people see it, for the README; written below docs/pages."""

import pytest

from tests.browser import overrides
from tests.conftest import ROOT

WHERE = ROOT / "docs" / "pages"
#: Name -> what the browser is told: a desk in English and light, a phone in French and dark.
SCREENS = {
    "desktop": {"viewport": {"width": 1200, "height": 860}, "locale": "en-GB"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "locale": "fr-FR",
        "color_scheme": "dark",
    },
}


def scored(page):
    page.goto("/?example")
    page.click("#main form button")
    page.wait_for_selector(".decision")
    page.evaluate("scrollTo(0, innerWidth < 600 ? answer.offsetTop : 0)")


def looked_at_twice(page):
    with page.expect_response("**/queue"):
        pass


def nothing(page):
    pass


def at(heading):
    """Show a page from a heading on, with its pictures."""

    def act(page):
        pictures = "[...document.querySelectorAll('.picture')].every(one => one.naturalWidth)"
        page.wait_for_function(pictures)
        page.evaluate(f"document.querySelector('#{heading}').scrollIntoView()")

    return act


def waiting(page):
    overrides.ask(page)
    page.goto("/overrides")


def summed_up(page):
    page.click("table a >> nth=0")
    at("summary")(page)


def sent(page, book):
    page.set_input_files("#file", book)
    page.click("summary")
    page.fill("#column-income", "revenus")
    page.click("summary >> nth=1")
    page.fill("#previous-pd", "pd_2025")
    page.fill("#campaign-name", "book-2026")
    page.click("#main form button")
    page.wait_for_selector("#summary")
    page.evaluate("scrollTo(0, 0)")


@pytest.mark.parametrize("screen", SCREENS)
def test_each_page_is_taken(open_browser, campaign_worker, book, screen):
    WHERE.mkdir(exist_ok=True)
    acts = {
        "sign-in": (None, "/sign-in", nothing),
        "score": ("adviser", "/", scored),
        "campaign": ("risk", "/campaigns", lambda page: sent(page, book)),
        "campaigns": ("risk", "/campaigns", nothing),
        "campaign-summary": ("risk", "/campaigns", summed_up),
        "overrides": ("risk", "/", waiting),
        "model": ("adviser", "/model", nothing),
        "model-figures": ("adviser", "/model", at("compared")),
        "queue": ("admin", "/queue", looked_at_twice),
    }
    for name, (role, path, act) in acts.items():
        page = open_browser(role, path, **SCREENS[screen])
        act(page)
        # The caret is left alone: to hide it, the page would be given a style that it refuses.
        page.screenshot(path=WHERE / f"{name}-{screen}.png", caret="initial")
