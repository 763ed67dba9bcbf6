"""What the tests of pages share: people of each role, and a browser that is none."""

import re
import secrets

import httpx
import pytest

from api.pages.sessions import Sessions
from protocol.ledger import connect
from protocol.people import People


class Visitor(httpx.Client):
    """Keeps cookies and says where its forms come from, as a browser does."""

    def __init__(self, url, session=None):
        super().__init__(base_url=url, headers={"Origin": url}, timeout=10)
        if session:
            self.cookies.set("session", session.token, domain=self.base_url.host)
        self.csrf = session.csrf if session else ""

    def send_form(self, path, **fields):
        return self.post(path, data={"csrf": self.csrf} | fields)


def field(page, name):
    """The value of an input of a page."""
    return re.search(rf'name="{name}" value="([^"]*)"', page.text)[1]


@pytest.fixture
def visit(service, people):
    """Open the pages, signed in as a role or not at all."""
    visitors = []

    def visit(role=None):
        session = None
        if role:
            with connect(service.redis_url) as client:
                session = Sessions(client, service.settings).open(people[role])
        visitors.append(Visitor(service.url, session))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def stranger(service, people):
    """A person of a bank of their own, by a name of their own."""
    with connect(service.redis_url) as client:
        name = f"p{secrets.token_hex(4)}"
        yield People(client).create(name, "elsewhere", "adviser", people["adviser"].hash)
