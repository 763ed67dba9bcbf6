"""Contributions: exact for any application, Shapley's values, and what the reasons are made of."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.application import EXAMPLE, FIELDS, Application
from protocol.artefact import Reference
from protocol.errors import ArtefactError
from protocol.features import ratios_for_amounts
from tests.policy import POLICY
from training.references import reference
from worker import scorecard
from worker.model import load_scorer
from worker.scorer import Scorer

ANY = st.builds(
    Application,
    *(
        (st.integers if field.kind == "integer" else st.floats)(field.low, field.high)
        for field in FIELDS
    ),
)
#: As a bank sees them: pd lies anywhere, not only at 0 and 1.
USUAL = st.builds(
    Application,
    st.integers(0, 5),
    st.floats(500, 12_000),
    st.floats(500, 40_000),
    st.floats(10_000, 150_000),
    st.integers(0, 10),
    st.integers(450, 850),
)


@pytest.fixture(scope="module", params=["near-cut-off", "all-applicants"])
def scorer(request, artefact):
    return load_scorer(artefact, POLICY.model_copy(update={"reference": request.param}))


def rows(*applications):
    return np.array(applications, dtype=np.float64)


@settings(max_examples=300)
@given(application=ANY)
def test_base_and_contributions_add_up_to_the_logit_by_column_and_by_field(scorer, application):
    found = scorer.explained(rows(application))
    for contributions in (found.columns[0], found.fields[0]):
        total = math.fsum([scorer.base, *contributions])
        # of sums of millions, 1e-12 of the largest part: a double has no more digits
        size = max(1.0, float(np.abs(found.fields).max()), float(np.abs(found.columns).max()))
        assert abs(total - found.logits[0]) <= 1e-12 * size


@settings(max_examples=300)
@given(application=USUAL)
def test_they_add_up_to_the_logit_of_the_pd_that_is_answered(scorer, application):
    found = scorer.explained(rows(application))
    pd = scorer.probability(found.logits)[0]
    if 1e-3 < pd < 0.999:  # elsewhere a pd has not the digits to tell its logit so well
        told = math.log(pd) - math.log1p(-pd)
        assert abs(math.fsum([scorer.base, *found.fields[0]]) - told) <= 1e-12


@settings(max_examples=300)
@given(application=USUAL)
def test_taking_away_a_stated_reason_moves_the_pd_more_than_an_unstated_one(scorer, application):
    found = scorer.explained(rows(application))
    stated = {reason["field"] for reason in scorecard.reasons(application, found.fields[0], scorer)}
    without = {
        field.name: float(scorer.probability(found.logits - added)[0])
        for field, added in zip(FIELDS, found.fields[0], strict=True)
    }
    highest = max((without[name] for name in stated), default=0)
    lowest = min(pd for name, pd in without.items() if name not in stated)
    assert highest <= lowest


def shapley(value, players):
    """Shapley's values the long way: the mean over all orders of what each player changes."""
    found = np.zeros(players)
    orders = list(itertools.permutations(range(players)))
    for order in orders:
        coalition = set()
        for player in order:
            before = value(coalition)
            coalition.add(player)
            found[player] += value(coalition) - before
    return found / len(orders)


def test_what_a_field_contributes_is_its_shapley_value(artefact):
    """Against a population of seven, by all 720 orders in which fields can take their values."""
    dice = np.random.default_rng(5)
    low, high = [0, 500, 500, 10_000, 0, 450], [5, 12_000, 40_000, 150_000, 10, 850]
    population = dice.uniform(low, high, (7, 6))
    known = load_scorer(artefact, POLICY)
    manifest = known.manifest.model_copy(
        update={"references": {POLICY.reference: reference(population, "seven")}}
    )
    scorer = Scorer(manifest, POLICY)
    applicant = np.array(EXAMPLE, dtype=np.float64)

    def value(coalition):
        mixed = population.copy()
        mixed[:, sorted(coalition)] = applicant[sorted(coalition)]
        return float(scorer.logit(mixed).mean())

    expected = shapley(value, 6)
    found = scorer.explained(applicant[np.newaxis])
    assert np.abs(found.fields[0] - expected).max() <= 1e-9
    assert scorer.base == pytest.approx(value(set()), abs=1e-9)


def test_the_mean_applicant_of_identical_ones_has_nothing_to_explain(artefact):
    known = load_scorer(artefact, POLICY)
    alike = rows(EXAMPLE, EXAMPLE)
    described = {POLICY.reference: reference(alike, "alike")}
    scorer = Scorer(known.manifest.model_copy(update={"references": described}), POLICY)
    assert np.abs(scorer.explained(alike).fields).max() <= 1e-9


def test_a_population_is_its_rows_in_any_order():
    some = np.random.default_rng(1).uniform(1, 9, (50, 6))
    one, other = reference(some, "some"), reference(some[::-1], "some")
    assert one.digest == other.digest
    assert reference(some + 1e-12, "some").digest != one.digest
    assert one.columns == pytest.approx(ratios_for_amounts(some).mean(axis=0), rel=1e-12)
    assert isinstance(one, Reference)


def test_who_earns_more_than_the_population_is_not_told_of_an_insufficient_income(scorer):
    rich = EXAMPLE._replace(income=scorer.reference.fields[3] * 100)
    added = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    (reason,) = scorecard.reasons(rich, added, scorer)
    assert reason["code"] == "INCOME_LEVEL"
    (reason,) = scorecard.reasons(EXAMPLE._replace(income=1.0), added, scorer)
    assert reason["code"] == "INCOME"


def test_a_population_the_model_does_not_know_is_refused(artefact):
    policy = POLICY.model_copy(update={"reference": "neighbours"})
    with pytest.raises(ArtefactError, match=r"'neighbours'.*all-applicants, near-cut-off"):
        load_scorer(artefact, policy)
