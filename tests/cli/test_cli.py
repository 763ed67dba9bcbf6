"""The operator's commands, run as the operator does, on a real Redis."""

import json
import os
import subprocess

import pytest

from protocol import names
from protocol.application import EXAMPLE
from protocol.keystore import KeyStore
from protocol.ledger import Job, Ledger
from protocol.settings import Settings
from tests.conftest import ROOT, STATE, environment

WORKER = '{"host": "here", "digest": "sha256:00"}'


@pytest.fixture
def run(client, redis_url):
    """Run ./loanscore with arguments."""

    def run(*arguments, **variables):
        given = {"redis_url": redis_url, "state_dir": STATE.resolve()} | variables
        return subprocess.run(
            [ROOT / "loanscore", *arguments],
            cwd="/",
            env=environment(**given),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture
def dead(ledger, client):
    """The ids of three dead letters, oldest first."""
    quick = Ledger(client, Settings(lease_s=0.5, max_attempts=1))
    ids = [quick.accept([job()], "acme-los").id for _ in range(3)]
    quick.claim(stay_awake=False)
    while quick.books().running:
        quick.sweep(WORKER, '{"error": {"code": "attempts-exhausted", "detail": "Given up."}}')
    return ids


def job():
    return Job(names.new_score_id(), EXAMPLE, "CANARY-ref", '{"branch": "CANARY"}')


def test_a_key_is_made_listed_and_revoked(run, client):
    made = run(
        "keys",
        "create",
        "--client",
        "acme-los",
        "--scope",
        "scores:read",
        "--rate",
        "5",
        "--burst",
        "9",
    )
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    (key,) = KeyStore(client).all().values()
    assert secret.startswith(f"ls_{key.id}_")
    assert secret not in made.stderr
    listed = run("keys", "list")
    assert key.id in listed.stdout
    assert "scores:read" in listed.stdout
    assert secret.rsplit("_", 1)[1] not in listed.stdout
    (row,) = json.loads(run("keys", "list", "--json").stdout)
    assert row["limit"] == {"rate_per_s": 5, "burst": 9}
    assert (row["client"], row["status"], row["expires"]) == ("acme-los", "live", None)
    assert run("keys", "revoke", key.id).returncode == 0
    assert json.loads(run("keys", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["keys", "create", "--client", "acme"], 2, "--scope"),
        (["keys", "create", "--client", "acme", "--scope", "all"], 2, "scores:write"),
        (["keys", "create", "--client", "Acme!", "--scope", "admin"], 1, "client"),
        (["keys", "create", "--client", "a", "--scope", "admin", "--rate", "1"], 2, "--burst"),
        (["keys", "revoke", "00000000"], 1, "no key has this id"),
        (["dead-letters", "inspect", "sc_1"], 1, "no dead letter"),
        (["dead-letters", "inspect", "sc_" + "0" * 44], 1, "no dead letter"),
        (["dead-letters", "redrive", "sc_" + "0" * 44], 1, "no dead letter"),
        (["dead-letters", "redrive"], 2, "--all"),
        (["dead-letters", "list", "--limit", "0"], 2, "--limit"),
        (["nothing"], 2, "nothing"),
    ],
)
def test_a_wrong_call_is_one_line_and_a_code(run, arguments, code, said):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert done.stderr.startswith("loanscore: ")
    assert done.stderr.count("\n") == 1


def test_a_redis_that_is_away_is_one_line(run, tmp_path):
    for command in (["keys", "list"], ["dead-letters", "list"]):
        done = run(*command, redis_url=f"unix://{tmp_path}/none.sock")
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "Redis" in done.stderr


def test_help_names_every_command(run):
    done = run("--help")
    assert done.returncode == 0
    assert {"keys", "dead-letters"} <= set(done.stdout.split())


def test_the_redis_of_make_run_is_found_without_a_setting(run, folder, redis_url, client):
    KeyStore(client).create("acme-los", ["admin"])
    state = folder / "state"
    (state / "redis").mkdir(parents=True)
    (state / "redis" / "redis.sock").symlink_to(redis_url.removeprefix("unix://"))
    (state / "venv").symlink_to(STATE.resolve() / "venv")
    done = run("keys", "list", redis_url="", state_dir=state)
    assert "acme-los" in done.stdout, done.stderr


def test_dead_letters_are_listed_and_inspected_without_applicant_data(run, dead):
    listed = run("dead-letters", "list")
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == sorted(
        dead, reverse=True
    )
    assert len(run("dead-letters", "list", "--limit", "2").stdout.splitlines()) == 3
    rows = json.loads(run("dead-letters", "list", "--json").stdout)
    inspected = run("dead-letters", "inspect", dead[0])
    shown = json.loads(inspected.stdout)
    assert shown["error"]["code"] == "attempts-exhausted"
    assert shown == next(row for row in rows if row["id"] == dead[0]) | {"error": shown["error"]}
    for output in (listed.stdout, inspected.stdout, json.dumps(rows)):
        assert "CANARY" not in output
        assert str(EXAMPLE.income) not in output


def test_a_dead_letter_is_re_driven_once(run, dead, client, ledger):
    outputs = [run("dead-letters", "redrive", dead[0]).stdout.split() for _ in range(2)]
    assert outputs[0] == outputs[1]
    old, new = outputs[0]
    assert old == dead[0]
    assert ledger.read([new])[0]["state"] == "queued"
    assert ledger.read([old])[0]["state"] == "dead"
    assert json.loads(run("dead-letters", "inspect", old).stdout)["redriven_as"] == new


def test_all_of_them_are_re_driven(run, dead, ledger):
    done = run("dead-letters", "redrive", "--all")
    assert {line.split()[0] for line in done.stdout.splitlines()} == set(dead)
    assert ledger.books().dead_letters == 0
    assert ledger.books().queued == 3
    assert run("dead-letters", "redrive", "--all").stdout == ""


def test_nothing_installed_is_said(tmp_path):
    given = environment(state_dir=tmp_path) | {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        [ROOT / "loanscore", "keys", "list"], env=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "make run" in done.stderr
