"""The evidence of a score gives the score, and names who made it."""

import json
from pathlib import Path

import pytest

from protocol.application import EXAMPLE
from protocol.ledger import Claim
from tests.policy import POLICY
from worker.answers import answer
from worker.model import load_scorer
from worker.shelf import Shelf


@pytest.fixture(scope="module")
def scorer(artefact):
    return load_scorer(artefact, POLICY)


def evidence_of(scorer, application):
    (completion,) = answer(
        [Claim("sc_1", 1, json.dumps(application))], scorer, Shelf(Path("/nowhere"))
    )
    return json.loads(completion.evidence), json.loads(completion.answer)


@pytest.mark.parametrize("by", ["columns", "fields"])
def test_base_and_contributions_add_up_to_the_logit(scorer, by):
    evidence, shown = evidence_of(scorer, EXAMPLE)
    assert evidence["base"] + sum(evidence[by].values()) == pytest.approx(
        evidence["logit"], abs=1e-9
    )
    assert scorer.probability(evidence["logit"]) == pytest.approx(shown["result"]["pd"], abs=1e-12)


@pytest.mark.parametrize("application", [EXAMPLE, "unreadable"])
def test_it_names_model_policy_libraries_and_worker_also_of_a_failure(scorer, application):
    evidence, _ = evidence_of(scorer, application)
    assert evidence["model"]["digest"] == scorer.manifest.digest
    assert evidence["policy"]["digest"] == POLICY.digest
    assert evidence["policy"]["reference"]["digest"] == scorer.reference.digest
    assert evidence["libraries"] == scorer.manifest.libraries
    assert evidence["worker"].keys() == {"host", "process"}
