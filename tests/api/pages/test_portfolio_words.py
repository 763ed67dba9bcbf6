"""What can be wrong with a portfolio has its words in both languages."""

import re

import pytest

from api.pages import portfolio_words
from protocol.application import FIELDS
from tests.conftest import ROOT


def codes(room, call):
    """Codes that a room's files write as the first argument of a call."""
    texts = [path.read_text() for path in (ROOT / room).rglob("*.py")]
    return {code for text in texts for code in re.findall(rf'{call}\(\s*"([a-z0-9-]+)"', text)}


def test_every_code_of_a_portfolio_has_its_words():
    found = codes("portfolio", "PortfolioError") | codes("worker", "PortfolioError")
    assert len(found) > 10
    known = {*portfolio_words.WHOLE, "records-unreadable"}  # of campaigns that no page begins
    assert found - known == set()


def test_every_code_of_a_row_has_its_words():
    text = (ROOT / "worker" / "bulk" / "faults.py").read_text()
    found = set(re.findall(r'pl\.lit\("([a-z-]+)"\)', text))
    text = "".join(path.read_text() for path in (ROOT / "worker" / "bulk").glob("*.py"))
    found |= set(re.findall(r'without_cells\([^"]*"([a-z-]+)"', text))
    assert len(found) == 6
    assert found == set(portfolio_words.ROWS)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_cell_is_told_what_it_takes(make_app, redis_url, field):
    app = make_app(redis_url)
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        said = portfolio_words.row("not-a-number", field.name)
    assert said.startswith("Pas un nombre. Il y faut un nombre ")
    assert ("entier" in said) is (field.kind == "integer")
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert f"from {field.low:,.0f} to {field.high:,.0f}," in portfolio_words.row(
            "missing", field.name
        )
        assert portfolio_words.row("not-an-object", None) == "No JSON object."
        assert portfolio_words.row("unheard-of", field.name) == ""
        assert portfolio_words.whole("too-large", "more than 5 bytes") == ("more than 5 bytes", "")
