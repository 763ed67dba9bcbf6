"""Reports on planted drift, and on none."""

import json

import numpy as np
import pytest

from monitoring.chance import homogeneity
from monitoring.drift import drift
from monitoring.levels import Limits, Thresholds, judge
from monitoring.tally import Tally
from protocol.settings import Settings
from protocol.stability import Level
from records.erasure import erase
from tests.models import twin
from tests.monitoring.conftest import NAMES, START, alarms, applicants, days

WINDOW = 500
AT = {name: place for place, name in enumerate(NAMES)}


def planted(name, change):
    rows, _ = applicants(WINDOW, seed=99)
    rows[:, AT[name]] = change(rows[:, AT[name]])
    return rows


DRIFTS = {
    "income down by a fifth": ("income", lambda income: (income * 0.8).round(2)),
    "another scale of scores": ("fico_score", lambda score: (300 + (score - 300) * 0.6).round()),
    "scores shifted": ("fico_score", lambda score: np.minimum(score + 60, 850)),
    "one value for everybody": ("years_employed", lambda years: np.full_like(years, 5)),
    "an amount in thousands": ("loan_amt_outstanding", lambda amount: amount / 1_000),
}


@pytest.mark.parametrize("drifted", DRIFTS)
def test_a_field_that_drifts_is_flagged_by_its_name(bank, drifted, report):
    name, change = DRIFTS[drifted]
    bank.decide(planted(name, change))
    found = bank.report()
    assert found["level"] == Level.MOVED
    assert ("field", name, "psi", "moved") in alarms(found)
    fields = {one for about, one, *_ in alarms(found) if about == "field"}
    assert fields == {name}
    psi = found["models"][0]["fields"][name]["psi"]
    report(
        f"planted drift, {drifted}: PSI {psi:.2f} of {WINDOW} decisions, {sorted(alarms(found))}"
    )


def test_a_constant_and_what_lies_outside_the_trained_range_have_rules_of_their_own(bank):
    rows = planted("years_employed", lambda years: np.full_like(years, 5))
    rows[:40, AT["income"]] = 500_000
    bank.decide(rows)
    found = bank.report()
    fields = found["models"][0]["fields"]
    constant = fields["years_employed"]["constant"]
    assert (constant["value"], constant["level"]) == (5, Level.MOVED)
    outside = fields["income"]["out_of_range"]
    assert (outside["count"], outside["of"], outside["level"]) == (40, WINDOW, Level.MOVED)
    low, high = outside["interval"]
    assert low < 40 / WINDOW < high
    assert ("field", "income", "out-of-range", "moved") in alarms(found)


def test_twenty_windows_without_drift_raise_no_alarm(bank, report):
    psis = []
    for window, day in enumerate(days(20)):
        rows, _ = applicants(200, seed=1_000 + window)
        bank.decide(rows, day)
        found = bank.report(day, day)
        assert (found["level"], found["alarms"]) == (Level.STABLE, []), day
        psis += [field["psi"] for field in found["models"][0]["fields"].values()]
    # Of so few chance alone makes it as large, which is no alarm.
    assert max(psis) > Settings().monitor_psi_watch
    whole = bank.report(START, days(20)[-1])
    assert (whole["models"][0]["scored"], whole["alarms"]) == (4_000, [])
    report(
        f"20 windows of 200 decisions without drift: no alarm, largest PSI of a field"
        f" {max(psis):.3f}"
    )


def windows(scorer, number, size, seed):
    """Tallies of windows without drift, drawn from a large population."""
    rows, _ = applicants(number * size, seed)
    pds = scorer.probability(scorer.logit(rows))
    columns = dict(zip(NAMES, rows.T, strict=True))
    for window in range(number):
        here = slice(window * size, (window + 1) * size)
        tally = Tally(scorer.manifest)
        tally.scored = size
        count(tally.pd, pds[here])
        for name, counted in tally.fields.items():
            count(counted, columns[name][here])
        yield tally


def count(counted, values):
    edges = counted.trained.edges
    counted.bins = np.histogram(values, edges)[0].tolist()
    counted.below, counted.above = int((values < edges[0]).sum()), int((values > edges[-1]).sum())
    counted.low, counted.high = float(values.min()), float(values.max())


@pytest.mark.parametrize("size", [50, 200, 1_000])
def test_false_alarms_keep_to_the_stated_rate(scorer, size, report):
    """With limits of nothing, chance alone decides; with those of the settings, hardly ever."""
    nothing = Thresholds(Limits(0.0, 0.25), Limits(0.0, 0.05), 0.10)
    as_set = Thresholds.of(Settings())
    number = 1_000
    raised = {nothing: 0, as_set: 0}
    for tally in windows(scorer, number, size, seed=size):
        for thresholds in raised:
            _, findings = drift(tally, thresholds)
            raised[thresholds] += bool(judge(findings, thresholds.false_alarms)[0])
    report(
        f"{number} windows of {size} without drift: {raised[nothing] / number:.1%} with an alarm at"
        f" a rate of {nothing.false_alarms:.0%} and no limits, {raised[as_set] / number:.1%} at"
        f" {as_set.false_alarms:.0%} and the settings' limits"
    )
    # a rate of 10 % is met by chance up to 13 % in a thousand windows (3.1 standard deviations)
    assert 0 < raised[nothing] / number <= 0.13
    assert raised[as_set] / number <= 0.02


def test_pearsons_statistic_keeps_its_rate_where_psis_own_does_not(report):
    """Why a level asks Pearson's test and not n * N / (n + N) * PSI against chi-squared."""
    draw = np.random.default_rng(11)
    shares, trained, size, windows = [0.1] * 10, 8_000, 50, 20_000
    first = draw.multinomial(trained, shares, windows)
    second = draw.multinomial(size, shares, windows)
    by_pearson = sum(
        homogeneity(ours, theirs)[0] <= 0.01
        for ours, theirs in zip(first[:4_000].tolist(), second[:4_000].tolist(), strict=True)
    )
    e, a = first / trained, np.where(second == 0, 0.5, second)
    a = a / a.sum(axis=1, keepdims=True)
    statistic = ((a - e) * np.log(a / e)).sum(axis=1) * size * trained / (size + trained)
    by_psi = np.mean(statistic > 21.666)  # the 99 % quantile of chi-squared, 9 degrees of freedom
    report(f"at 1 %, windows of {size}: Pearson {by_pearson / 4_000:.2%}, PSI {by_psi:.2%}")
    assert 0.005 < by_pearson / 4_000 < 0.015
    assert by_psi > 0.02


def test_too_few_decisions_are_no_verdict(bank):
    rows, _ = applicants(3, seed=5)
    bank.decide(rows)
    found = bank.report()
    assert found["models"][0]["score"]["level"] == Level.TOO_FEW
    assert found["alarms"] == []


def test_no_value_of_an_applicant_is_in_a_report(bank):
    rows, _ = applicants(100, seed=5)
    rows[0, AT["income"]] = 98_765.4321
    rows[1, AT["total_debt_outstanding"]] = 0.123456789
    rows[2, AT["income"]] = 9_876_543.21  # out of range, and the largest
    bank.decide(rows)
    told = json.dumps(bank.report())
    assert [value for value in ("98765.4321", "0.123456789", "9876543.21") if value in told] == []


def test_no_decision_is_a_report_too(bank):
    found = bank.report()
    assert (found["models"], found["alarms"], found["level"]) == ([], [], Level.TOO_FEW)
    assert found["outcomes"] | {"window": None} == {
        "window": None, "received": 0, "unmatched": 0, "erased": 0,
    }  # fmt: skip


def test_only_the_days_of_the_window_count(bank):
    rows, _ = applicants(60, seed=5)
    for day in days(3):
        bank.decide(rows, day)
    assert bank.report(days(3)[1], days(3)[1])["models"][0]["scored"] == 60
    assert bank.report(days(3)[1], days(3)[2])["models"][0]["scored"] == 120


def test_who_was_erased_is_counted_and_not_measured(bank):
    rows, _ = applicants(100, seed=5)
    ids = bank.decide(rows)
    erase(bank.folder, set(ids[:30]))
    (model,) = bank.report()["models"]
    assert (model["scored"], model["erased"], model["score"]["values"]) == (100, 30, 70)
    assert all(field["missing"]["of"] == 70 for field in model["fields"].values())


def test_decisions_of_a_model_that_is_not_kept_are_named(bank):
    rows, _ = applicants(100, seed=5)
    bank.digest = "sha256:" + "0" * 64
    bank.decide(rows)
    found = bank.report()
    assert (found["models"], found["not_kept"]) == ([], {bank.digest: 100})


def test_each_model_is_compared_with_its_own_training(bank, look_alike_model, tmp_path):
    rows, _ = applicants(300, seed=5)
    bank.decide(rows)
    first, other = bank.digest, twin(look_alike_model, tmp_path / "twin")
    manifest = json.loads((other / "manifest.json").read_text())
    bank.digest = manifest["digest"]
    histogram = manifest["histograms"]["income"]
    histogram["edges"] = [edge * 1.25 for edge in histogram["edges"]]  # it learned from the richer
    (other / "manifest.json").write_text(json.dumps(manifest))
    bank.kept.keep_model(other, bank.digest)
    bank.decide(rows[:200])
    found = bank.report()
    assert [(model["digest"], model["scored"]) for model in found["models"]] == [
        (first, 300), (bank.digest, 200),
    ]  # fmt: skip
    assert {(alarm["model"], alarm["name"]) for alarm in found["alarms"]} == {
        (bank.digest, "income"),
    }  # fmt: skip


def test_thresholds_are_those_of_the_settings(bank):
    bank.decide(planted(*DRIFTS["income down by a fifth"]))
    psi = bank.report()["models"][0]["fields"]["income"]["psi"]
    higher = bank.report(monitor_psi_watch=psi - 0.01, monitor_psi_moved=psi + 0.01)
    assert alarms(higher) == {("field", "income", "psi", "watch")}
    assert alarms(bank.report(monitor_psi_watch=psi + 0.01, monitor_psi_moved=psi + 1)) == set()
