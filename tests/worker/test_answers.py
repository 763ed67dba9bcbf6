"""Answers: exact, and a job that cannot be scored fails alone."""

import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import names
from protocol.application import EXAMPLE, FIELDS, Application
from protocol.ledger import Claim
from protocol.states import State
from tests.policy import POLICY
from worker.answers import answer
from worker.model import load_scorer
from worker.scorer import Scorer
from worker.shelf import Shelf

#: Scores and what-ifs take nothing from it.
NO_SHELF = Shelf(Path("/nowhere"))
ANY_APPLICATION = st.builds(
    Application,
    *(
        (st.integers if field.kind == "integer" else st.floats)(field.low, field.high)
        for field in FIELDS
    ),
)


@pytest.fixture(scope="module")
def scorer(artefact: Path) -> Scorer:
    return load_scorer(artefact, POLICY)


@pytest.fixture(scope="module")
def pipeline(artefact: Path) -> Any:
    return joblib.load(artefact / "model.joblib")


def claim(application: object, number: int = 0) -> Claim:
    return Claim(f"sc_{number}", 1, json.dumps(application))


def scored(scorer: Scorer, application: Application) -> dict[str, Any]:
    (completion,) = answer([claim(application)], scorer, NO_SHELF)
    assert completion.state == State.SUCCEEDED
    return dict(json.loads(completion.answer)["result"])


@pytest.mark.parametrize("unreadable", [[1, 2], "text", None, {"a": 1}, [1, 2, 3, 4, 5, "six"]])
def test_an_unreadable_job_fails_alone_and_is_not_quoted(scorer, unreadable, caplog):
    claims = [claim(EXAMPLE, n) for n in range(7)]
    claims[3] = claim(unreadable, 3)
    completions = answer(claims, scorer, NO_SHELF)
    assert [done.claim.id for done in completions] == [waiting.id for waiting in claims]
    states = [done.state for done in completions]
    assert states == [State.SUCCEEDED] * 3 + [State.FAILED] + [State.SUCCEEDED] * 3
    assert json.loads(completions[3].answer)["error"]["code"] == "scoring-failed"
    assert "six" not in caplog.text


@pytest.mark.parametrize("unreadable", [[1, 2], "text", None, [1, 2, 3, 4, 5, "six"]])
def test_a_question_among_scores_is_answered_in_its_place_and_fails_alone(scorer, unreadable):
    claims = [claim(EXAMPLE, n) for n in range(5)]
    claims[1] = claims[1]._replace(kind=names.WHAT_IF)
    claims[2] = claim(unreadable, 2)._replace(kind=names.WHAT_IF)
    claims[3] = claims[3]._replace(kind="of the next release")
    completions = answer(claims, scorer, NO_SHELF)
    assert [done.claim for done in completions] == claims
    assert [done.state.value for done in completions] == [
        "succeeded", "succeeded", "failed", "failed", "succeeded",
    ]  # fmt: skip
    assert set(json.loads(completions[0].answer)) == {"result", "model"}
    assert set(json.loads(completions[1].answer)) == {names.WHAT_IF}


def test_nothing_claimed_is_nothing_answered(scorer):
    assert answer([], scorer, NO_SHELF) == []


@settings(max_examples=200)
@given(application=ANY_APPLICATION)
def test_every_pd_is_the_pipelines_own(scorer, pipeline, application):
    expected = pipeline.predict_proba(np.array([application], dtype=np.float64))[0, 1]
    assert abs(scored(scorer, application)["pd"] - expected) <= 1e-12


@settings(max_examples=100)
@given(applications=st.lists(ANY_APPLICATION, min_size=2, max_size=70))
def test_an_applicants_answer_is_the_same_to_the_bit_in_any_company(scorer, applications):
    claims = [claim(application, n) for n, application in enumerate(applications)]
    alone = [answer([one], scorer, NO_SHELF)[0].answer for one in claims]
    assert [done.answer for done in answer(claims, scorer, NO_SHELF)] == alone


@settings(max_examples=200)
@given(application=ANY_APPLICATION)
def test_every_answer_is_whole(scorer, application):
    result = scored(scorer, application)
    scale = scorer.policy.scale
    assert 0 <= result["pd"] <= 1
    assert scale.lowest <= result["points"] <= scale.highest
    assert result["decision"] in {"approve", "review", "decline"}
    losses = [reason["points_lost"] for reason in result["reasons"]]
    assert len(losses) <= 4
    assert losses == sorted(losses, reverse=True)
    assert result["expected_loss"] <= application.loan_amt_outstanding


def test_a_value_outside_training_is_scored_and_flagged(scorer):
    flagged = scored(scorer, EXAMPLE._replace(income=1e9))["warnings"]
    assert [(warning["code"], warning["field"]) for warning in flagged] == [
        ("outside-training-range", "income")
    ]
    assert scored(scorer, EXAMPLE)["warnings"] == []


def test_a_heavily_indebted_applicant_is_declined_for_that_reason(scorer):
    result = scored(scorer, EXAMPLE._replace(total_debt_outstanding=40_000.0))
    assert result["decision"] == "decline"
    assert result["reasons"][0]["field"] == "total_debt_outstanding"
    assert set(result["reasons"][0]["text"]) == {"en", "fr"}
