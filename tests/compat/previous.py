"""Two releases at once, as in a deployment: `make compat PREVIOUS=commit`, not in make test.

The API of one and the workers of the other share a Redis, a model and a storage folder; then the
other way round. Both run with this release's libraries: what is compared is what the rooms say to
each other (protocol/), not what a library made of an update. It needs the commit in the clone.
"""

import os
import subprocess

import pytest

from local.service import Service
from protocol.application import EXAMPLE
from protocol.ledger import Ledger, connect
from protocol.settings import Settings
from tests.conftest import ROOT, caller, environment, free_port

ROWS = 2_000


@pytest.fixture(scope="session")
def previous(tmp_path_factory):
    """The tree of the previous release."""
    commit, tree = os.environ["PREVIOUS"], tmp_path_factory.mktemp("previous") / "tree"
    add = ["git", "worktree", "add", "--detach", str(tree), commit]
    subprocess.run(add, cwd=ROOT, check=True, capture_output=True)
    yield tree
    remove = ["git", "worktree", "remove", "--force", str(tree)]
    subprocess.run(remove, cwd=ROOT, check=True, capture_output=True)


class Mixed(Service):
    """A service some of whose processes are those of another tree."""

    def __init__(self, settings, environment, tree, rooms):
        super().__init__(settings, environment)
        self._tree, self._rooms = tree, rooms

    def _start(self, name, arguments, user=None, environment=None):
        if user in self._rooms:
            arguments = ["env", "--chdir", str(self._tree), *arguments]
        return super()._start(name, arguments, user, environment)


SIDES = {"params": ["api", "worker"], "ids": ["previous API", "previous workers"]}


@pytest.fixture(scope="module", **SIDES)
def mixed(request, previous, folder, artefact):
    """A running service of both releases: the previous one has one side."""
    state = folder / f"mixed-{request.param}"
    state.mkdir()
    given = environment(state_dir=state, model_dir=artefact, port=free_port(), lease_s=2)
    rooms = {"api"} if request.param == "api" else {"worker", "postman"}
    service = Mixed(Settings.read(given), given, previous, rooms)
    try:
        service.start()
        service.start_campaign_worker()
        yield service
    finally:
        service.stop()


def test_what_one_release_accepts_the_other_scores(mixed, artefact):
    with caller(mixed) as http:
        ids = [http.submit(EXAMPLE, reference=f"r-{number}") for number in range(200)]
        scores = [http.wait(one) for one in ids]
        assert {score["status"] for score in scores} == {"succeeded"}
        assert [score["reference"] for score in scores] == [f"r-{n}" for n in range(200)]
        assert len({str(score["result"]) for score in scores}) == 1

        items = [{"application": EXAMPLE._asdict()} for _ in range(20)]
        batch = http.post("/v1/score-batches", json={"items": items}).json()
        found = http.get(f"/v1/score-batches/{batch['id']}", headers={"Prefer": "wait=30"}).json()
        assert found["status"] == "succeeded", found
        assert {item["status"] for item in found["items"]} == {"succeeded"}
        assert len(found["items"]) == 20

        asked = http.get(f"/v1/scores/{ids[0]}/what-if")
        assert asked.status_code == 200, asked.text
        assert http.delete(f"/v1/scores/{ids[1]}").status_code == 204
        assert http.get(f"/v1/scores/{ids[1]}").status_code == 410


def test_a_job_outlives_the_worker_of_either_release(mixed):
    (worker,) = [one for one in mixed.processes if one.name == "worker"]
    mixed.kill(worker)
    with caller(mixed) as http:
        job = http.submit(EXAMPLE)
        mixed.start_worker("worker-2")
        assert http.wait(job)["status"] == "succeeded"
        with connect(mixed.redis_url) as operator:
            assert Ledger(operator, mixed.settings).books().drift == 0


def test_a_portfolio_that_one_release_takes_the_other_scores(mixed):
    names = EXAMPLE._fields
    good = ",".join(str(getattr(EXAMPLE, name)) for name in names)
    text = "\n".join([",".join(names), *[good] * (ROWS - 1), good.replace("6", "x")]) + "\n"
    with caller(mixed) as http:
        kind = {"Content-Type": "text/csv"}
        made = http.post("/v1/campaigns", content=text.encode(), headers=kind)
        assert made.status_code == 202, made.text
        while "results" not in (seen := http.get(made.headers["Location"]).json())["files"]:
            mixed.check()
        counts = seen["counts"]
        assert (counts["total"], counts["scored"], counts["invalid"]) == (ROWS, ROWS - 1, 1), counts
        results = http.get(f"{made.headers['Location']}/results").text
        assert len(results.splitlines()) == ROWS
