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


#: What no page in French says, but for names that the API gives and the file's own.
ENGLISH = r"\b(the|of|rows?|grades?|before|from|with|below|above|missing|guessed|done)\b"


#: A line as slow as this takes a second or two for a megabyte.
SLOW_B_PER_S = 600_000


def english(page):
    """The English words that are left on a page."""
    page.evaluate(
        "document.querySelectorAll('code, [lang=en], .brand').forEach(one => one.remove())"
    )
    return re.findall(ENGLISH, page.inner_text("body"), re.IGNORECASE)


def test_a_portfolio_goes_from_upload_to_download(open_browser, campaign_worker, book):
    page = open_browser("risk", "/campaigns", locale="fr-FR")
    send(page, book)
    page.wait_for_selector(".alert")
    assert "income" in page.inner_text(".alert")  # the column has another name
    page.fill("#column-income", "revenus")
    page.fill("#previous-pd", "pd_2025")
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
    assert "Pas un nombre. Il y faut un nombre entier de 300" in faults[0].inner_text()
    moved = page.locator("h3 + .wide table")
    assert moved.count() == 2  # grades and decisions
    assert moved.nth(1).locator("thead th").all_inner_texts()[1:] == [
        "acceptée",
        "pour examen",
        "refusée",
    ]
    read = "src => fetch(src).then(answer => answer.text())"
    picture = page.evaluate(read, page.get_attribute(".picture", "src"))
    assert "Classes avant et maintenant" in picture
    assert english(page) == []
    with page.expect_download() as download:
        page.click("section[aria-labelledby=files] li:first-child a")
    text = download.value.path().read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 392
    assert {row["decision"] for row in rows} <= {"approve", "review", "decline"}


def test_how_much_of_a_portfolio_is_sent_is_shown_while_it_is_sent(open_browser, book, tmp_path):
    header, *rows = book.read_text().splitlines()
    large = tmp_path / "large.csv"
    large.write_text("\n".join([header.replace("revenus", "income"), *rows * 60]))
    page = open_browser("risk", "/campaigns")
    assert not page.is_visible("#sent")
    shares = []
    page.expose_function("noted", lambda share, seen: shares.append((share, seen)))
    page.evaluate(
        "new MutationObserver(() => noted(sent.value, sent.checkVisibility()))"
        ".observe(sent, {attributes: true, attributeFilter: ['value']})"
    )
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1}
    line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": SLOW_B_PER_S})
    send(page, large)
    page.wait_for_url("**/campaigns/ca_*")
    sent = [share for share, _ in shares]
    assert len(set(sent)) > 3  # it moves
    assert sent == sorted(sent)
    assert 0 < sent[0] < 0.5
    assert sent[-1] == 1
    assert all(seen for _, seen in shares)


def test_an_adviser_and_risk_see_different_pages(open_browser):
    adviser = open_browser("adviser")
    assert adviser.locator("nav a").all_inner_texts() == ["Score", "Model"]
    assert adviser.goto("/campaigns").status == 403
    assert adviser.inner_text("h1") == "This is not for you"
    risk = open_browser("risk")
    assert risk.locator("nav a").all_inner_texts() == [
        "Score",
        "Overrides",
        "Campaigns",
        "Queue",
        "Model",
    ]
    risk.click("nav >> text=Queue")
    risk.wait_for_selector("#live")
    assert risk.locator("text=Dead letters").count() == 0
    admin = open_browser("admin", "/queue")
    assert admin.inner_text("h2 >> nth=-1") == "Dead letters"
