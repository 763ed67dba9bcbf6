"""The queue's page: what it counts, and who may re-drive what was given up."""

import re

import pytest

from api.pages.sessions import Sessions
from protocol.people import People
from protocol.settings import Settings
from tests.api.dead import give_up


@pytest.fixture
def visit(make_app, redis_url, client):
    """A service without workers, and a way to look at it as a role."""
    app = make_app(redis_url)
    settings = Settings(redis_url=redis_url)

    def visit(role):
        name = f"{role}-one"
        person = People(client).find(name) or People(client).create(
            name, "acme", role, "scrypt:none"
        )
        session = Sessions(client, settings).open(person)
        browser = app.test_client()
        browser.set_cookie("session", session.token)
        browser.csrf = session.csrf
        return browser

    return visit


def redrive(browser, dead_id):
    form = {"csrf": browser.csrf, "id": dead_id}
    return browser.post("/queue/redrive", data=form, headers={"Origin": "http://localhost"})


def figures(page):
    return dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page.text.partition("<h2>Camp")[0]))


def test_it_counts_what_waits_and_says_that_nobody_works(visit, ledger, redis_url):
    page = visit("risk").get("/queue")
    assert figures(page)["Waiting"] == "0"
    assert "No worker is alive" in page.text
    assert "Dead letters" not in page.text
    give_up(redis_url, "acme", 3)
    page = visit("risk").get("/queue")
    assert figures(page)["Given up"] == "3"
    assert float(figures(page)["Scored a second"].replace(",", "")) > 0  # they became final


def test_an_admin_re_drives_a_dead_letter_once(visit, ledger, redis_url):
    give_up(redis_url, "acme", 2)
    admin = visit("admin")
    dead = re.findall(r'name="id" value="(sc_[0-9a-f]{44})"', admin.get("/queue").text)
    assert len(dead) == 2
    assert redrive(admin, dead[0]).status_code == 303
    page = admin.get("/queue")
    assert re.findall(r'name="id" value="(sc_[0-9a-f]{44})"', page.text) == dead[1:]
    assert figures(page)["Waiting"] == "1"
    new_id = ledger.read([dead[0]])[0]["redriven_as"]
    assert ledger.read([new_id])[0]["state"] == "queued"
    redrive(admin, dead[0])  # a form sent twice
    assert ledger.read([dead[0]])[0]["redriven_as"] == new_id
    assert ledger.books().queued == 1


def test_risk_may_not_re_drive_and_what_is_no_dead_letter_is_refused(visit, ledger, redis_url):
    give_up(redis_url, "acme", 1)
    (dead,) = ledger.dead_letters(10)
    assert redrive(visit("risk"), dead.id).status_code == 403
    assert "redriven_as" not in ledger.read([dead.id])[0]
    for unknown in ("", "sc_1", "sc_" + "0" * 44):
        assert redrive(visit("admin"), unknown).status_code == 404
