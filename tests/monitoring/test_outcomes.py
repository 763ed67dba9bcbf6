"""Outcomes and the decisions they are of: matched, counted once, and measured."""

from datetime import date, timedelta

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from protocol.stability import Level
from records.erasure import erase
from tests.monitoring.conftest import START, alarms, applicants, days

LATER = date(2026, 6, 30)


def test_figures_are_those_of_scikit_learn(bank, scorer):
    rows, defaults = applicants(400, seed=3)
    ids = bank.decide(rows)
    bank.observe(zip(ids, defaults, [LATER] * 400, strict=True), LATER)
    found = bank.report(START, LATER)
    pds = scorer.probability(scorer.logit(rows))
    after = found["models"][0]["outcomes"]
    assert (after["scores"], after["defaults"]) == (400, defaults.sum())
    assert after["expected"] == pytest.approx(pds.sum(), rel=1e-12)
    assert after["auc"] == pytest.approx(roc_auc_score(defaults, pds), rel=1e-12)
    assert after["brier"] == pytest.approx(brier_score_loss(defaults, pds), rel=1e-12)
    assert after["log_loss"] == pytest.approx(log_loss(defaults, pds), rel=1e-9)
    assert after["trained"]["auc"] == scorer.manifest.metrics["roc_auc"]
    assert found["outcomes"]["received"] == 400
    assert sum(one["scores"] for one in after["grades"].values()) == 400
    assert list(after["vintages"]) == ["2026-03"]
    assert [one["level"] for one in after["grades"].values() if one["level"] != "stable"] == []
    assert found["alarms"] == []


def test_the_latest_observation_counts_and_the_same_twice_is_one(bank):
    rows, _ = applicants(20, seed=3)
    ids = bank.decide(rows)
    early, late = LATER, LATER + timedelta(days=30)
    bank.observe([(one, False, early) for one in ids], late)
    bank.observe([(one, False, early) for one in ids], late)  # no longer recognised, so recorded
    bank.observe([(one, True, late) for one in ids[:8]], late)
    bank.observe([(one, False, early) for one in ids[:8]], late)  # sent late, observed early
    bank.observe([(ids[0], False, late)], late)  # of one day the one recorded last: a correction
    after = bank.report(START, late)["models"][0]["outcomes"]
    assert (after["scores"], after["defaults"]) == (20, 7)


def test_what_matches_no_decision_is_counted_and_changes_nothing(bank):
    rows, _ = applicants(10, seed=3)
    ids = bank.decide(rows)
    bank.observe([(one, False, LATER) for one in ids], LATER)
    stray = ids[0][:-4] + "0000"
    bank.observe([(stray, True, LATER)], LATER)
    bank.observe([(one, True, LATER) for one in ids], LATER, owner="another-bank")
    found = bank.report(START, LATER)
    assert found["outcomes"]["received"] == 21
    assert found["outcomes"]["unmatched"] == 11
    after = found["models"][0]["outcomes"]
    assert (after["scores"], after["defaults"]) == (10, 0)
    assert after["auc"] is None  # nobody defaulted


def test_an_outcome_or_decision_that_was_erased_is_none(bank):
    rows, _ = applicants(10, seed=3)
    ids = bank.decide(rows)
    bank.observe([(one, False, LATER) for one in ids], LATER)
    erase(bank.folder, set(ids[:3]))  # of both
    found = bank.report(START, LATER)
    assert found["outcomes"] | {"window": None} == {
        "window": None, "received": 7, "unmatched": 0, "erased": 0,
    }  # fmt: skip
    bank.observe([(ids[0], False, LATER)], LATER)
    assert bank.report(START, LATER)["outcomes"]["erased"] == 1


def test_each_vintage_is_measured_and_one_that_went_wrong_is_flagged(bank):
    """Twice the defaults that were expected, in the second month alone."""
    for month in (3, 4, 5):
        rows, defaults = applicants(600, seed=month)
        if month == 4:
            good = np.flatnonzero(defaults == 0)
            defaults[good[: defaults.sum()]] = 1
        ids = bank.decide(rows, date(2026, month, 10))
        bank.observe(zip(ids, defaults, [LATER] * 600, strict=True), LATER)
    found = bank.report(START, LATER)
    vintages = found["models"][0]["outcomes"]["vintages"]
    assert {name: one["scores"] for name, one in vintages.items()} == {
        "2026-03": 600, "2026-04": 600, "2026-05": 600,
    }  # fmt: skip
    levels = {name: one["level"] for name, one in vintages.items()}
    assert levels == {
        "2026-03": Level.STABLE, "2026-04": Level.MOVED, "2026-05": Level.STABLE,
    }  # fmt: skip
    low, high = vintages["2026-04"]["interval"]
    assert low < vintages["2026-04"]["share"] < high
    assert ("vintage", "2026-04", "calibration", "moved") in alarms(found)
    grades = {name for about, name, *_ in alarms(found) if about == "grade"}
    assert "A" in grades  # who was thought the safest did default


def test_a_model_that_scored_before_the_window_is_in_the_report(bank):
    rows, defaults = applicants(50, seed=3)
    ids = bank.decide(rows)
    bank.observe(zip(ids, defaults, [LATER] * 50, strict=True), LATER)
    (model,) = bank.report(LATER, LATER)["models"]
    assert (model["scored"], model["outcomes"]["scores"]) == (0, 50)
    assert model["score"]["psi"] is None


def test_outcomes_of_scores_before_their_own_window_are_none(bank):
    rows, _ = applicants(10, seed=3)
    ids = [bank.decide(rows, day) for day in days(2)]
    for day in ids:
        bank.observe([(one, False, LATER) for one in day], LATER)
    until = START + timedelta(days=100)
    found = bank.report(until, until, monitor_outcome_days=100)  # from the second day on
    assert (found["outcomes"]["received"], found["outcomes"]["unmatched"]) == (10, 0)
