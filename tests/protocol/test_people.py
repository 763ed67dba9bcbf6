"""People on a real Redis: who they are, and what is kept of their passwords."""

import pytest

from protocol import names
from protocol.errors import LedgerUnavailable, PersonRefused
from protocol.key import SCOPES
from protocol.ledger import connect
from protocol.people import People
from protocol.person import ALLOWED, ROLES, check_password

HASH = "scrypt:32768:8:3$salt$00"


@pytest.fixture
def people(client):
    return People(client)


def test_a_person_is_made_found_and_revoked(people):
    made = people.create("anna", "acme-bank", "adviser", HASH)
    assert people.find("anna") == made
    assert made.created_ms > 0
    assert made.actor == "person:anna"
    assert HASH not in repr(made)
    assert people.revoke("anna")
    assert not people.revoke("anna")
    assert people.find("anna") is None


def test_a_name_is_taken_once(people):
    people.create("anna", "acme-bank", "adviser", HASH)
    with pytest.raises(PersonRefused, match="anna already"):
        people.create("anna", "other-bank", "admin", HASH)
    assert people.find("anna").client == "acme-bank"


def test_each_role_may_do_all_that_the_one_before_may():
    allowed = [set(ALLOWED[role]) for role in ROLES]
    assert allowed[0] < allowed[1] < allowed[2] < set(SCOPES)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("Anna", "acme", "adviser", HASH), "name"),
        (("", "acme", "adviser", HASH), "name"),
        (("a" * 41, "acme", "adviser", HASH), "name"),
        (("anna", "Acme Bank", "adviser", HASH), "client"),
        (("anna", "acme", "owner", HASH), "role"),
        (("anna", "acme", "adviser", "correct horse battery"), "hash"),
    ],
)
def test_what_cannot_be_a_person_is_refused_and_named(people, given, said):
    with pytest.raises(PersonRefused, match=said) as caught:
        people.create(*given)
    assert "battery" not in str(caught.value)
    assert people.all() == []


def test_another_password_has_another_stamp_and_a_revoked_person_stays_so(people):
    anna = people.create("anna", "acme", "adviser", HASH)
    people.set_hash(anna, HASH + "1", stay=True)
    assert (people.find("anna").hash, people.find("anna").stamp) == (HASH + "1", anna.stamp)
    people.set_hash(anna, HASH + "2")
    assert people.find("anna").stamp != anna.stamp
    people.revoke("anna")
    people.set_hash(anna, HASH + "3")
    assert people.find("anna") is None


def test_a_record_that_cannot_be_read_is_nobody_and_hides_no_other(client, people, caplog):
    people.create("anna", "acme", "adviser", HASH)
    for name, record in [("bob", "{"), ("carl", "[]"), ("dora", '{"name": "CANARY"}')]:
        client.hset(names.PEOPLE, name, record)
        assert people.find(name) is None
    assert [person.name for person in people.all()] == ["anna"]
    assert "dora" in caplog.text
    assert "CANARY" not in caplog.text


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 129, "aaaaaaaaaaaaaaaa", "annaannaannaanna", "abababababab"]
)
def test_a_password_that_is_easy_to_guess_is_refused(password):
    with pytest.raises(PersonRefused, match="password"):
        check_password(password, "anna")


def test_a_redis_that_is_away_is_named(tmp_path):
    with connect(f"unix://{tmp_path}/none.sock") as away:
        people = People(away)
        for ask in (
            lambda: people.create("anna", "acme", "adviser", HASH),
            lambda: people.find("anna"),
            lambda: people.revoke("anna"),
            people.all,
        ):
            with pytest.raises(LedgerUnavailable):
                ask()
