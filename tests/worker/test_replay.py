"""What changed a decision: first the model alone, then the policy; words alone change nothing."""

import json

import pytest

from protocol.application import EXAMPLE
from protocol.policy import CutOffs, Policy
from protocol.under import Under
from tests.models import another
from tests.policy import POLICY
from worker import scorecard
from worker.model import load_scorer
from worker.replay.document import _decided, replay
from worker.shelf import Shelf


@pytest.fixture(scope="module")
def shelf(artefact, tmp_path_factory):
    """A shelf with two models, and the digests of both."""
    storage = tmp_path_factory.mktemp("storage")
    folders = [artefact, another(tmp_path_factory.mktemp("another"))]
    scorers = [load_scorer(folder, POLICY) for folder in folders]
    for folder, scorer in zip(folders, scorers, strict=True):
        Shelf(storage).keep(folder, scorer)
    return Shelf(storage), *(scorer.manifest.digest for scorer in scorers)


def replayed(shelf, digest, **under):
    scorer = shelf.scorer(digest, POLICY.digest)
    recorded = {"result": _decided(EXAMPLE, scorer), "model": scorecard.made_by(scorer)}
    return replay(EXAMPLE, recorded, Under(**under), shelf)


def edited(shelf, **members):
    """Keep another policy; gives its digest."""
    policy = Policy.model_validate(POLICY.model_dump() | {"version": "edited", **members})
    shelf.keep_policy(policy)
    return policy.digest


def test_another_population_to_compare_with_is_the_policys_doing(shelf):
    kept, digest, _ = shelf
    answer = replayed(kept, digest, policy=edited(kept, reference="all-applicants"))
    assert (answer["verdict"], answer["changed"]) == ("changed-by-policy", ["reasons"])


def test_other_words_of_the_same_reasons_and_another_version_are_no_change(shelf):
    kept, digest, _ = shelf
    reasons = [reason.model_dump() | {"fr": "autre"} for reason in POLICY.reasons]
    answer = replayed(kept, digest, policy=edited(kept, reasons=reasons))
    assert (answer["verdict"], answer["changed"]) == ("identical", [])
    assert answer["replayed"]["result"]["policy"]["version"] == "edited"


def test_what_the_model_changes_is_the_models_even_if_the_policy_changes_more(shelf):
    kept, digest, other = shelf
    answer = replayed(kept, digest, model=other, policy=edited(kept, lgd=0.5))
    assert answer["verdict"] == "changed-by-model"
    answer = replayed(kept, digest, policy=edited(kept, lgd=0.5))
    assert (answer["verdict"], answer["changed"]) == ("changed-by-policy", ["expected_loss"])


def test_a_model_without_the_recorded_population_is_what_changed_it(artefact, tmp_path):
    shelf, first, folder = Shelf(tmp_path / "storage"), load_scorer(artefact, POLICY), tmp_path
    second = another(folder)
    manifest = json.loads((second / "manifest.json").read_text())
    del manifest["references"][POLICY.reference]
    (second / "manifest.json").write_text(json.dumps(manifest))
    policy = edited(shelf, reference="all-applicants")
    shelf.keep(artefact, first)
    shelf.keep(second, load_scorer(second, shelf.policy(policy)))
    asked = {"model": manifest["digest"], "policy": policy}
    assert replayed(shelf, first.manifest.digest, **asked)["verdict"] == "changed-by-model"
    asked = {"model": manifest["digest"]}  # alone they do not go together
    assert replayed(shelf, first.manifest.digest, **asked) == {"refused": "model"}


def test_a_policy_with_other_cut_offs_is_another_policy_by_a_name_that_says_so():
    given = CutOffs(approve_below=0.03, decline_above=0.123456789)
    policy = POLICY.with_cut_offs(given)
    assert policy.version == f"{POLICY.version}.cut-0.03-0.123457"
    assert policy.digest not in {POLICY.digest, POLICY.with_cut_offs(CutOffs(
        approve_below=0.03, decline_above=0.12345678)).digest}  # fmt: skip
    assert policy.cut_offs == given
    again = policy.with_cut_offs(CutOffs(approve_below=1e-300, decline_above=2e-300))
    assert again.version == f"{POLICY.version}.cut-1e-300-2e-300"
    assert POLICY.with_cut_offs(POLICY.cut_offs) is POLICY
    long = Policy.model_validate(POLICY.model_dump() | {"version": "v" * 64})
    smallest = CutOffs(approve_below=1.23456e-300, decline_above=1.23457e-300)
    assert len(long.with_cut_offs(smallest).version) <= 64
