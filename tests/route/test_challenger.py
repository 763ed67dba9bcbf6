"""A challenger beside a running service: all it sees is what was archived, and nobody waits."""

import json
import subprocess
import sys
import time

import pytest
from jsonschema import Draft202012Validator

from api.openapi import document
from protocol.artefact import digest_of, read_manifest
from tests import challengers
from tests.conftest import ROOT, caller, environment, make_service, working
from tests.policy import POLICY
from worker.model import load_scorer

PATH = "/v1/challengers/current"
CONTRACT = document()


@pytest.fixture(scope="module")
def fleet(folder, artefact):
    """A service with a campaign worker, and a challenger where `make train` keeps one."""
    running = make_service(folder / "shaded", artefact, archive_s=0.1, sweep_s=0.2)
    challengers.tree(artefact, running.settings.challenger_folder)
    with working(running):
        yield running


def scored(fleet, artefact, number, seed):
    applications = challengers.applicants(number, load_scorer(artefact, POLICY), seed)
    with caller(fleet) as http:
        ids = [http.submit(application) for application in applications]
        return [http.wait(one) for one in ids]


def reported(fleet, decisions):
    """The report, once it is over so many decisions."""
    ends = time.monotonic() + 60
    with caller(fleet) as http:
        while True:
            answer = http.get(PATH)
            if answer.status_code == 200 and answer.json()["decisions"] >= decisions:
                schema = {"$ref": "#/components/schemas/ChallengerReport"}
                Draft202012Validator(schema | {"components": CONTRACT["components"]}).validate(
                    answer.json()
                )
                return answer.json()
            assert time.monotonic() < ends, answer.text
            time.sleep(0.05)


def campaign_worker(fleet):
    return next(one for one in fleet.processes if one.name.startswith("campaigns"))


def test_a_kill_of_the_worker_in_the_shade_loses_and_doubles_nothing(fleet, artefact):
    first = scored(fleet, artefact, 30, seed=1)
    reported(fleet, 1)
    fleet.kill(campaign_worker(fleet))
    second = scored(fleet, artefact, 30, seed=2)
    fleet.start_campaign_worker("campaigns-again")
    report = reported(fleet, 60)
    assert (report["decisions"], report["left_out"]) == (60, {})
    assert report["champion"] == read_manifest(artefact).digest
    model = (fleet.settings.challenger_folder / "model.joblib").read_bytes()
    assert report["challenger"]["digest"] == digest_of(model)
    decided = [score["result"]["decision"] for score in first + second]
    assert {word: sum(row.values()) for word, row in report["all"]["decisions"].items()} == {
        word: decided.count(word) for word in ("approve", "review", "decline")
    }
    assert sum(part["compared"] for part in report["grades"]) == 60


def loanscore(fleet, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "cli", "challenger", "report", *arguments],
        cwd=ROOT,
        env=environment(state_dir=fleet.settings.state_dir),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_reports_the_same_and_windows_of_it(fleet):
    report = reported(fleet, 60)
    done = loanscore(fleet, "--json")
    assert done.returncode == 0, done.stderr
    found = document_of(done)
    assert {name: found[name] for name in found if name != "at"} == {
        name: report[name] for name in report if name != "at"
    }
    assert document_of(loanscore(fleet, "--to", "2026-01-01", "--json"))["decisions"] == 0
    shown = loanscore(fleet).stdout
    assert "60 decisions of the champion" in shown
    for part in report["grades"]:
        assert f"\n{part['grade']} " in shown
    unknown = loanscore(fleet, "--challenger", "sha256:" + "0" * 64)
    assert (unknown.returncode, "make train" in unknown.stderr) == (1, True)


def document_of(done):
    return json.loads(done.stdout)


def test_a_broken_challenger_is_refused_and_the_champion_goes_on(fleet, artefact):
    before = reported(fleet, 60)
    path = fleet.settings.challenger_folder / "model.joblib"
    path.write_bytes(path.read_bytes()[:-1])
    about = fleet.settings.challenger_folder / "challenger.json"
    about.write_bytes(about.read_bytes())  # as a new one would be: it is looked at again
    wait_for(fleet, "the challenger is refused")
    scores = scored(fleet, artefact, 5, seed=3)
    assert {score["status"] for score in scores} == {"succeeded"}
    with caller(fleet) as http:
        after = http.get(PATH).json()
    assert after == before


def wait_for(fleet, text):
    ends = time.monotonic() + 60
    while not any(text in path.read_text() for path in fleet.logs.iterdir()):
        assert time.monotonic() < ends
        time.sleep(0.05)
