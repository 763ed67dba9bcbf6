"""Many decisions decided again have the verdicts that each of them has alone; no bit is lost."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.application import FIELDS, Application
from protocol.policy import CutOffs, Policy
from protocol.under import Under
from tests.models import another, twin
from tests.policy import POLICY
from worker import scorecard
from worker.bulk.categories import words
from worker.model import load_scorer
from worker.replay.document import _decided, replay
from worker.replay.export import COLUMNS, decoded
from worker.replay.verdicts import CAUSES, VERDICTS, _rounded, decided, judge
from worker.shelf import Shelf

DIGEST = "sha256:" + "0" * 64
CUT_OFFS = CutOffs(approve_below=0.2, decline_above=0.8)


def applicants(number):
    """Invented ones of all kinds, many of them near the cut-offs."""
    dice = np.random.default_rng(11)
    low = [0, 300, 500, 15_000, 0, 500]
    high = [6, 9_000, 30_000, 150_000, 11, 800]
    rows = dice.uniform(low, high, size=(number, 6))
    whole = [field.kind == "integer" for field in FIELDS]
    return [
        Application(
            *(
                int(value) if is_whole else round(float(value), 2)
                for value, is_whole in zip(row, whole, strict=True)
            )
        )
        for row in rows
    ]


@pytest.fixture(scope="module")
def shelf(artefact, tmp_path_factory):
    """A shelf with three models, the last like the first, and four policies; digests, policies."""
    storage = tmp_path_factory.mktemp("storage")
    digests = []
    last = twin(artefact, tmp_path_factory.mktemp("twin") / "model")
    for folder in (artefact, another(tmp_path_factory.mktemp("another")), last):
        scorer = load_scorer(folder, POLICY)
        Shelf(storage).keep(folder, scorer)
        digests.append(scorer.manifest.digest)
    members = POLICY.model_dump()
    policies = [
        POLICY,
        Policy.model_validate(members | {"version": "loss", "lgd": 0.5}),
        Policy.model_validate(members | {"version": "all", "reference": "all-applicants"}),
        POLICY.with_cut_offs(CUT_OFFS),
    ]
    for policy in policies:
        Shelf(storage).keep_policy(policy)
    return Shelf(storage), digests, policies


def recorded(shelf, digests, policies, number):
    """Answers made by every pair of them in turn; some are altered, of some the maker is lost."""
    answers = []
    for place, application in enumerate(applicants(number)):
        scorer = shelf.scorer(digests[place % 2], policies[place % 4].digest)
        answer = {"model": scorecard.made_by(scorer), "result": _decided(application, scorer)}
        if place % 10 == 9:
            answer["result"]["pd"] = np.nextafter(answer["result"]["pd"], 1.0)
        if place % 10 == 8 and answer["result"]["reasons"]:
            answer["result"]["reasons"][0]["points_lost"] += 0.1
        if place % 25 == 7:
            answer["model"]["digest"] = DIGEST
        answers.append((application, json.loads(json.dumps(answer))))
    return answers


def records(answers):
    """The same as rows of the archive."""
    rows = {
        "seq": range(1, len(answers) + 1),
        "id": [f"sc_{place}" for place in range(len(answers))],
        "public": [
            json.dumps({"model": answer["model"], "policy": answer["result"]["policy"]})
            for _, answer in answers
        ],
        "personal": [
            json.dumps(
                {"application": application._asdict(), "reference": "r", "result": answer["result"]}
            )
            for application, answer in answers
        ],
    }
    return decoded(pl.DataFrame(rows))


@pytest.mark.parametrize("model", [0, 1, 2])
@pytest.mark.parametrize("policy", [0, 1, 2, 3])
def test_a_population_is_judged_as_each_alone(shelf, model, policy):
    kept, digests, policies = shelf
    answers = recorded(kept, digests, policies, 400)
    under = Under(model=digests[model], policy=policies[policy].digest)
    alone = [replay(application, answer, under, kept) for application, answer in answers]
    scorer = kept.scorer(digests[model], policies[policy].digest)
    rows = records(answers)
    values = rows.select(field.name for field in FIELDS).to_numpy(order="fortran")
    now = decided(values, scorer)
    found = judge(rows, values, now, scorer, kept)
    assert found["replay"].to_list() == [one["verdict"] for one in alone]
    assert found["cause"].to_list() == [one["cause"] or "" for one in alone]
    assert now["pd"].to_list() == [one["replayed"]["result"]["pd"] for one in alone]
    lost = [
        [reason["points_lost"] for reason in one["replayed"]["result"]["reasons"]] for one in alone
    ]
    assert [
        [value for value, _ in zip(row, mine, strict=False)]
        for row, mine in zip(
            now.select(pl.selectors.starts_with("lost_")).rows(), lost, strict=True
        )
    ] == lost
    assert len(set(found["replay"])) >= 3
    assert {"", "model-not-kept", "other-answer"} <= set(found["cause"])


def test_the_words_of_results_are_those_of_a_single_replay():
    assert set(words(VERDICTS)) == {
        "identical", "changed-by-model", "changed-by-policy", "unreproducible",
    }  # fmt: skip
    assert CAUSES[0] == ""


@given(st.floats(min_value=0, max_value=1e5, allow_nan=False))
def test_points_are_rounded_as_a_single_score_rounds_them(value):
    assert _rounded(np.array([value])).tolist() == [round(value, 1)]


@given(st.integers(0, 100_000))
def test_points_halfway_between_two_tenths_are_rounded_as_a_single_score_rounds_them(twentieths):
    value = twentieths / 20
    assert _rounded(np.array([value])).tolist() == [round(value, 1)]


@given(st.lists(st.floats(0, 1e9, allow_nan=False), min_size=8, max_size=8))
def test_every_number_of_a_record_is_read_to_the_last_bit(numbers):
    *six, pd, loss = numbers
    result = {
        "pd": pd, "points": 1, "grade": "A", "decision": "review", "expected_loss": loss,
        "reasons": [{"code": "A", "points_lost": pd}], "warnings": [{"field": "income"}],
    }  # fmt: skip
    application = dict(zip((field.name for field in FIELDS), six, strict=True))
    personal = json.dumps({"application": application, "reference": None, "result": result})
    public = json.dumps({"model": {"digest": "m"}, "policy": {"digest": "p"}})
    row = {"seq": [1], "id": ["sc_1"], "public": [public], "personal": [personal]}
    (read,) = decoded(pl.DataFrame(row)).iter_rows(named=True)
    assert [read[name] for name in application] == six
    assert (read["recorded_pd"], read["recorded_expected_loss"], read["lost_0"]) == (pd, loss, pd)
    assert (read["recorded_reasons"], read["recorded_warnings"], read["lost_1"]) == (
        "A",
        "income",
        0,
    )


def test_a_record_without_its_personal_part_is_read_as_erased():
    public = json.dumps({"model": {"digest": "m"}, "policy": {"digest": "p"}})
    row = {"seq": [1], "id": ["sc_1"], "public": [public], "personal": [None]}
    frame = decoded(pl.DataFrame(row, schema_overrides={"personal": pl.String}))
    (read,) = frame.iter_rows(named=True)
    assert dict(frame.schema) == COLUMNS
    assert (read["erased"], read["income"], read["recorded_model"]) == (True, None, "m")
