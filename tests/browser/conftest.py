"""A real browser on the running service: Debian's Chromium, driven by playwright.

Every page that a test opens is watched: it may ask this service alone, and the browser may have
nothing to refuse or to complain of.
"""

import os
import random
import shutil
import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from api.pages.sessions import Sessions
from protocol.application import EXAMPLE
from protocol.campaigns import Campaigns
from protocol.ledger import connect

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: It looks for no updates and for no other host; root may run it only without its sandbox.
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]
#: What a browser says of a page that is answered with 4xx or 5xx, as faults are: no complaint.
ANSWERED = "Failed to load resource: the server responded with a status of"


# For a module: playwright keeps an event loop running, and another test may want one.
@pytest.fixture(scope="module")
def chromium():
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(
            f"no browser is installed (looked for {', '.join(BROWSERS)}): apt install chromium"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """Notes what a page asks for and what goes wrong in it."""

    def __init__(self, page, url):
        self.requests, self.complaints = [], []
        self._host = urlsplit(url).netloc
        page.on("request", self._asked)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, request):
        self.requests.append(request)
        if urlsplit(request.url).netloc != self._host:
            self.complaints.append(f"asked {request.url}")

    def _said(self, message):
        if message.type in {"error", "warning"} and not message.text.startswith(ANSWERED):
            self.complaints.append(message.text)


@pytest.fixture
def open_browser(chromium, service, people):
    """Open the pages as a role, or signed in as nobody; gives a page that shows the first one."""
    opened = []

    def open_browser(role=None, path="/", *, javascript=True, **context):
        made = chromium.new_context(base_url=service.url, java_script_enabled=javascript, **context)
        page = made.new_page()
        page.set_default_timeout(60_000)
        page.watch = Watch(page, service.url)
        opened.append((made, page))
        if role:
            with connect(service.redis_url) as client:
                token = Sessions(client, service.settings).open(people[role]).token
            made.add_cookies([{"name": "session", "value": token, "url": service.url}])
        page.goto(path)
        return page

    yield open_browser
    complaints = [complaint for _, page in opened for complaint in page.watch.complaints]
    for made, _ in opened:
        made.close()
    assert complaints == []


@pytest.fixture(scope="module")
def campaign_worker(service):
    """Somebody who works off campaigns."""
    process = service.start_campaign_worker()
    with connect(service.redis_url) as client:
        while not Campaigns(client, service.settings).live_workers():
            process.check()
            time.sleep(0.1)
    yield process
    process.stop()
    service.processes.remove(process)


@pytest.fixture(scope="session")
def book(folder):
    """A portfolio of 400 applicants, one in fifty with a fault, whose income has another name.

    It tells what their pd was a year before, in the column pd_2025.
    """
    dice = random.Random(7)
    path = folder / "book.csv"
    fields = ("loan", *EXAMPLE._fields, "pd_2025")
    lines = [";".join(fields).replace("income", "revenus")]
    for number in range(400):
        debt, fico = dice.randrange(500, 25_000), dice.randrange(420, 840)
        row = (dice.randrange(6), dice.randrange(2_000, 9_000), debt, 61_500, dice.randrange(11))
        told = (f"L{number}", *row, fico if number % 50 else "x", round(dice.random() ** 4, 4))
        lines.append(";".join(map(str, told)))
    path.write_text("\n".join(lines) + "\n")
    return path
