"""The record's page is right, and what a record is made of holds."""

import re

from protocol.record import EMPTY, ZERO, link, personal_digest, sealed
from tests.conftest import ROOT


def test_the_example_of_the_page_is_the_codes_own():
    page = (ROOT / "docs" / "records.md").read_text()
    salt, personal = re.findall(r"printf '%s%s' (\w{32}) '(.+?)' \|", page)[0]
    public, digest = re.findall(r"printf '%064d%s%s' 0 '(.+?)' (\w{64}) \|", page)[0]
    written = re.findall(r"^(\w{64})  -$", page, re.MULTILINE)
    assert written == [personal_digest(salt, personal), link(ZERO, public, digest)]
    assert digest == written[0]


def test_the_same_entry_has_another_salt_each_time_and_the_same_parts():
    entry = dict.fromkeys(
        ("batch", "application", "reference", "metadata", "attempt", "actor", "created_ms"), ""
    ) | {"class": "score", "id": "sc_1", "owner": "", "state": "dead", "finished_ms": "0"}
    entry |= {"answer": '{"error": {"code": "attempts-exhausted"}}', "evidence": ""}
    first, second = (sealed(EMPTY, "1-0", entry) for _ in range(2))
    assert (first.public, first.personal) == (second.public, second.personal)
    assert first.salt != second.salt
    assert first.personal_digest != second.personal_digest
    assert first.link != second.link
