"""The client against the running service, and the quickstart of its README as it stands."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from loanscore_client import Client, Conflict, Decided, Invalid, NotFound, Unauthorized

from local.key import read
from protocol.application import EXAMPLE
from protocol.artefact import read_manifest
from tests.conftest import ROOT

APPLICATION = EXAMPLE._asdict()


@pytest.fixture
def key(service):
    return read(service.settings)


@pytest.fixture
def loanscore(service, key):
    with Client(service.url, key) as client:
        yield client


def test_an_application_is_created_waited_for_and_looked_at(loanscore, artefact):
    own = {"reference": "LOS-2026/001", "metadata": {"branch": "Lyon é"}}
    accepted = loanscore.create(APPLICATION, **own)
    score = loanscore.wait(accepted.id)
    assert (score.id, score.status, score.error) == (accepted.id, "succeeded", None)
    assert {"reference": score.reference, "metadata": score.metadata} == own
    assert 0 <= score.result.pd <= 1
    assert score.model.digest == read_manifest(artefact).digest
    assert score.created_at <= score.finished_at
    assert loanscore.get(accepted.id) == score
    assert "Lyon" not in repr(score)


def test_create_and_wait_gives_what_the_contract_says(loanscore, http):
    score = loanscore.create_and_wait(APPLICATION)
    raw = http.poll(score.id)["result"]
    assert score.result.pd == raw["pd"]
    assert score.result.points == raw["points"]
    assert [vars(reason) for reason in score.result.reasons] == raw["reasons"]
    assert vars(score.result.policy) == raw["policy"]
    assert list(score.result.warnings) == raw["warnings"]


def test_what_if_gives_what_the_contract_says(loanscore, http):
    score = loanscore.create_and_wait(APPLICATION)
    answer = loanscore.what_if(score.id)
    raw = http.get(f"/v1/scores/{score.id}/what-if").json()
    assert (answer.id, answer.approval, answer.pd) == (score.id, "within-reach", score.result.pd)
    assert (answer.policy, answer.model) == (score.result.policy, score.model)
    for proposal, one in zip(answer.alone, raw["changes"], strict=True):
        (change,) = proposal.changes
        assert (change.field, change.before, change.after) == (
            one["field"], one["from"], one["to"],
        )  # fmt: skip
        assert (proposal.steps, proposal.pd) == (one["steps"], one["pd"])
        changed = APPLICATION | {change.field: change.after}
        assert loanscore.create_and_wait(changed).result.decision == "approve"
    assert answer.joint.steps == raw["joint"]["steps"]
    assert [change.field for change in answer.joint.changes] == [
        one["field"] for one in raw["joint"]["changes"]
    ]


def test_replay_gives_what_the_contract_says(loanscore):
    score = loanscore.create_and_wait(APPLICATION)
    answer = loanscore.replay(score.id)
    assert (answer.id, answer.verdict, answer.reproduced) == (score.id, "identical", True)
    assert (answer.cause, answer.changed) == (None, ())
    assert answer.recorded == answer.replayed == Decided(score.model, score.result)
    cut_offs = {"approve_below": 0.5, "decline_above": 0.9}
    other = loanscore.replay(score.id, cut_offs=cut_offs)
    assert (other.verdict, other.changed) == ("changed-by-policy", ("decision",))
    assert other.replayed.result.policy.approve_below == 0.5
    with pytest.raises(Conflict, match="not-kept"):
        loanscore.replay(score.id, model="sha256:" + "0" * 64)
    with pytest.raises(Invalid):
        loanscore.replay(score.id, policy="2026-2")


def test_threads_share_one_client(loanscore):
    with ThreadPoolExecutor(8) as threads:
        scores = list(threads.map(lambda _: loanscore.create_and_wait(APPLICATION), range(24)))
    assert len({score.id for score in scores}) == 24
    assert len({score.result.pd for score in scores}) == 1


def test_faults_come_all_at_once(loanscore):
    with pytest.raises(Invalid) as caught:
        loanscore.create(APPLICATION | {"fico_score": 9, "income": "much"})
    pointers = {fault.pointer for fault in caught.value.errors}
    assert pointers == {"/application/fico_score", "/application/income"}
    assert caught.value.request_id in str(caught.value)
    assert "much" not in str(caught.value)


def test_an_unknown_id_and_a_wrong_key_have_errors_of_their_own(loanscore, service):
    with pytest.raises(NotFound):
        loanscore.get("sc_" + "0" * 44)
    with pytest.raises(NotFound):
        loanscore.what_if("sc_" + "0" * 44)
    with (
        Client(service.url, "x" * 40) as stranger,
        pytest.raises(Unauthorized, match="401 unauthorized"),
    ):
        stranger.create(APPLICATION)


def test_the_service_is_ready(loanscore):
    assert loanscore.ready() is True


@pytest.mark.parametrize("page", ["README.md", "client/README.md"])
def test_the_quickstart_runs_as_it_stands(service, key, page):
    block = re.search(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", block[1]],
        cwd=ROOT / "client",
        env=os.environ | {"LOANSCORE_URL": service.url, "LOANSCORE_API_KEY": key},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"sc_[0-9a-f]+ (approve|review|decline) \d+ sha256:\w+\n", done.stdout)
