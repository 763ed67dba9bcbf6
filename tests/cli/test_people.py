"""`./loanscore people`, as the operator runs it."""

import json
import subprocess

import pytest
from werkzeug.security import check_password_hash

from protocol.people import People
from tests.conftest import ROOT, STATE, environment

PASSWORD = "correct horse battery"


@pytest.fixture
def run(redis_url):
    """Run ./loanscore with arguments, and a password for its stdin."""

    def run(*arguments, stdin=""):
        return subprocess.run(
            [ROOT / "loanscore", *arguments],
            env=environment(redis_url=redis_url, state_dir=STATE.resolve()),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture
def people(client):
    return People(client)


def test_a_person_is_made_listed_given_another_password_and_revoked(run, people):
    made = run("people", "create", "anna", "--client", "acme", "--role", "risk", stdin=PASSWORD)
    assert made.returncode == 0, made.stderr
    assert made.stdout == ""
    anna = people.find("anna")
    assert (anna.client, anna.role) == ("acme", "risk")
    assert check_password_hash(anna.hash, PASSWORD)
    listed = run("people", "list", "--json")
    assert [(row["name"], row["role"]) for row in json.loads(listed.stdout)] == [("anna", "risk")]
    assert "scrypt" not in listed.stdout
    assert "anna  acme" in run("people", "list").stdout
    changed = run("people", "password", "anna", stdin="another horse battery\n")
    assert changed.returncode == 0, changed.stderr
    assert check_password_hash(people.find("anna").hash, "another horse battery")
    assert people.find("anna").stamp != anna.stamp
    assert run("people", "revoke", "anna").returncode == 0
    assert people.find("anna") is None


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["create", "anna", "--client", "acme", "--role", "owner"], PASSWORD, "owner"),
        (["create", "Anna", "--client", "acme", "--role", "risk"], PASSWORD, "name"),
        (["create", "anna", "--client", "acme", "--role", "risk"], "short", "12 to 128"),
        (["create", "anna", "--client", "acme", "--role", "risk"], "", "12 to 128"),
        (["create", "anna", "--role", "risk"], PASSWORD, "--client"),
        (["password", "nobody"], PASSWORD, "people list"),
        (["revoke", "nobody"], "", "people list"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(run, people, arguments, stdin, said):
    done = run("people", *arguments, stdin=stdin)
    assert done.returncode in {1, 2}
    (line,) = done.stderr.splitlines()
    assert said in line
    assert people.all() == []
