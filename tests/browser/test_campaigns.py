"""The campaign desk: a portfolio sent, followed to its end, its files fetched; and who may not."""

import csv
import re


def send(page, book, **columns):
    page.set_input_files("#file", book)
    if columns:
        page.click("summary")
    for name, column in columns.items():
        page.fill(f"#column-{name}", column)
    page.click("#main form button")


def test_a_portfolio_goes_from_upload_to_download(open_browser, campaign_worker, book):
    page = open_browser("risk", "/campaigns", locale="fr-FR")
    send(page, book)
    page.wait_for_selector(".alert")
    assert "income" in page.inner_text(".alert")  # the column has another name
    page.fill("#column-income", "revenus")
    page.set_input_files("#file", book)
    page.click("#main form button")
    page.wait_for_url("**/campaigns/ca_*")
    page.wait_for_selector("#summary")  # the page follows by itself
    assert page.inner_text("#progress") == "Avancement\N{NO-BREAK SPACE}: terminée"
    found = page.inner_text("section[aria-labelledby=found]")
    assert re.search(r"Revenus annuels\s+revenus", found)
    assert "(deviné)" in found
    assert page.evaluate("document.querySelector('.picture').naturalWidth") > 0
    faults = page.query_selector_all("section[aria-labelledby=faults] tbody tr")
    assert len(faults) == 8
    with page.expect_download() as download:
        page.click("section[aria-labelledby=files] li:first-child a")
    text = download.value.path().read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 392
    assert {row["decision"] for row in rows} <= {"approve", "review", "decline"}


def test_an_adviser_and_risk_see_different_pages(open_browser):
    adviser = open_browser("adviser")
    assert adviser.locator("nav a").all_inner_texts() == ["Score", "Model"]
    assert adviser.goto("/campaigns").status == 403
    assert adviser.inner_text("h1") == "This is not for you"
    risk = open_browser("risk")
    assert risk.locator("nav a").all_inner_texts() == ["Score", "Campaigns", "Queue", "Model"]
    risk.click("nav >> text=Queue")
    risk.wait_for_selector("#live")
    assert risk.locator("text=Dead letters").count() == 0
    admin = open_browser("admin", "/queue")
    assert admin.inner_text("h2 >> nth=-1") == "Dead letters"
