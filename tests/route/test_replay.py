"""A score is decided again the whole way: the same, changed and by what, or not to be repeated."""

import json
import shutil

import pytest

from protocol import names
from protocol.application import EXAMPLE
from protocol.artefact import digest_of, read_manifest
from protocol.ledger import Job, Ledger, connect
from tests.models import another
from tests.policy import POLICY
from worker.model import load_scorer
from worker.shelf import Shelf

#: In review, declined, approved.
APPLICANTS = [
    EXAMPLE,
    EXAMPLE._replace(credit_lines_outstanding=5, total_debt_outstanding=25_000.5),
    EXAMPLE._replace(credit_lines_outstanding=0, fico_score=800),
]


def scored(http, applicant=EXAMPLE):
    return http.wait(http.submit(applicant))


def replayed(http, score_id, **under):
    answer = http.post(f"/v1/scores/{score_id}/replay", json=under)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def other(service, tmp_path_factory):
    """The digest of another model on the service's shelf."""
    folder = another(tmp_path_factory.mktemp("another"))
    scorer = load_scorer(folder, POLICY)
    Shelf(service.settings.storage_folder).keep(folder, scorer)
    return scorer.manifest.digest


@pytest.mark.parametrize("applicant", APPLICANTS)
def test_a_score_decided_again_by_what_made_it_is_identical(http, applicant):
    score = scored(http, applicant)
    answer = http.post(f"/v1/scores/{score['id']}/replay")  # a body may be left out
    made = {"model": score["model"], "result": score["result"]}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == {
        "id": score["id"],
        "verdict": "identical",
        "reproduced": True,
        "cause": None,
        "changed": [],
        "recorded": made,
        "replayed": made,
    }


def test_other_cut_offs_change_the_decision_where_the_pd_lies_between_and_nothing_else(http):
    score = scored(http)
    pd = score["result"]["pd"]
    approving = {"approve_below": pd * 1.01, "decline_above": 0.9}
    answer = replayed(http, score["id"], cut_offs=approving)
    assert (answer["verdict"], answer["reproduced"]) == ("changed-by-policy", True)
    assert answer["changed"] == ["decision"]
    assert answer["recorded"]["result"] == score["result"]
    result = answer["replayed"]["result"]
    assert (result["pd"], result["decision"]) == (pd, "approve")
    policy = POLICY.with_cut_offs(type(POLICY.cut_offs)(**approving))
    assert {name: result["policy"][name] for name in ("version", "digest", *approving)} == {
        "version": policy.version,
        "digest": policy.digest,
        **approving,
    }
    same = replayed(http, score["id"], cut_offs={"approve_below": 0.04, "decline_above": 0.21})
    assert (same["verdict"], same["changed"]) == ("identical", [])


def test_another_model_is_what_changed_it_whatever_the_cut_offs(http, other):
    score = scored(http)
    answer = replayed(http, score["id"], model=other)
    assert (answer["verdict"], answer["reproduced"]) == ("changed-by-model", True)
    assert {"pd", "points", "expected_loss"} <= set(answer["changed"])
    assert answer["replayed"]["model"]["digest"] == other
    assert answer["recorded"]["model"] == score["model"]
    cut_offs = {"approve_below": 0.3, "decline_above": 0.9}
    both = replayed(http, score["id"], model=other, cut_offs=cut_offs)
    assert both["verdict"] == "changed-by-model"


def test_what_is_not_on_the_shelf_cannot_be_asked_for(http):
    score = scored(http)
    for part in ("model", "policy"):
        path = f"/v1/scores/{score['id']}/replay"
        answer = http.post(path, json={part: digest_of(b"never was")})
        assert (answer.status_code, answer.json()["code"]) == (409, "not-kept")
        assert part in answer.json()["detail"]


def test_what_cannot_be_reproduced_says_why(own, own_http, operator, tmp_path):
    score, storage = scored(own_http), own.settings.storage_folder
    model = storage / "models" / score["model"]["digest"][7:]
    policy = storage / "policies" / f"{score['result']['policy']['digest'][7:]}.json"

    def cause(**under):
        answer = replayed(own_http, score["id"], **under)
        assert (answer["verdict"], answer["reproduced"]) == ("unreproducible", False)
        return answer["cause"], answer["replayed"] is None

    whole = Shelf(storage)
    folder = another(tmp_path)
    whole.keep(folder, load_scorer(folder, POLICY))
    other = read_manifest(folder).digest

    shutil.move(model, tmp_path / "kept")
    assert cause() == ("model-not-kept", True)
    assert cause(model=other) == ("model-not-kept", False)
    shutil.copytree(tmp_path / "kept", model)
    (model / "model.joblib").write_bytes(b"tampered with")
    assert cause() == ("model-damaged", True)
    shutil.copy(tmp_path / "kept" / "model.joblib", model)
    manifest = json.loads((tmp_path / "kept" / "manifest.json").read_text())
    manifest["libraries"]["numpy"] = "0.1"
    (model / "manifest.json").write_text(json.dumps(manifest))
    assert cause() == ("other-libraries", True)
    shutil.copy(tmp_path / "kept" / "manifest.json", model)

    shutil.move(policy, tmp_path / "policy.json")
    assert cause() == ("policy-not-kept", True)
    policy.write_text((tmp_path / "policy.json").read_text().replace("0.05", "0.06"))
    assert cause() == ("policy-damaged", True)
    shutil.copy(tmp_path / "policy.json", policy)
    assert replayed(own_http, score["id"])["verdict"] == "identical"

    altered = {"result": score["result"] | {"pd": score["result"]["pd"] + 1e-16}}
    assert altered["result"] != score["result"]
    operator.hset(
        names.JOB + score["id"], "answer", json.dumps(altered | {"model": score["model"]})
    )
    assert cause() == ("other-answer", False)


def test_it_is_asked_of_ones_own_scores_that_succeeded_alone(http, service):
    path = "/v1/scores/{}/replay"
    assert http.post(path.format(names.new_score_id())).status_code == 404
    score_id = scored(http)["id"]
    with connect(service.redis_url) as client:
        ledger = Ledger(client, service.settings)
        owner = client.hget(names.JOB + score_id, "owner")
        foreign = Job(names.new_score_id(), EXAMPLE)
        ledger.accept([foreign], "somebody else")
        broken = Job(names.new_score_id(), (*EXAMPLE[:-1], "six"))
        ledger.accept([broken], owner)
    assert http.post(path.format(foreign.id)).status_code == 404
    assert http.wait(broken.id)["status"] == "failed"
    assert http.post(path.format(broken.id)).json()["code"] == "state-conflict"
    http.delete(f"/v1/scores/{score_id}")
    assert http.post(path.format(score_id)).status_code == 410
