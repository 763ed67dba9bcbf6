"""Two people, one decision: an adviser decides otherwise, risk approves; without a script too."""

import pytest

from tests.browser import overrides
from tests.browser.test_accessibility import violations


@pytest.mark.parametrize("javascript", [True, False])
def test_an_adviser_decides_otherwise_and_risk_approves(open_browser, javascript):
    adviser = open_browser("adviser", javascript=javascript)
    overrides.ask(adviser)
    assert "waits for a second person" in adviser.inner_text(".overrides")
    risk = open_browser("risk", "/overrides", javascript=javascript)
    risk.click(f"text={adviser.url.rpartition('/')[2]}")
    if javascript:  # which axe itself is
        assert violations(risk) == []
    risk.fill("#second-note", "Surety seen.")
    risk.click("text=Approve the override")
    risk.wait_for_selector(".overrides q >> nth=1")
    told = risk.inner_text(".overrides")
    assert "in force" in told
    assert "person:adviser-one" in told
    assert "person:risk-one" in told
    adviser.reload()
    assert "A person decided otherwise: it is approved." in adviser.inner_text("#answer")
    assert adviser.locator("#override-decision option").all_text_contents() == ["declined"]
