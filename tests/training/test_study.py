"""Studies on few loans: what is counted adds up, and steps are as many as promised."""

import numpy as np
import pytest

from tests.policy import POLICY
from training import bands, weights
from training.cross_validation import cross_validated
from training.generator import look_alike
from training.models import MODELS, SERVED
from training.selection import select
from training.split import Sample, Split
from training.study import Studies, steps

pytestmark = pytest.mark.usefixtures("enclosed")


@pytest.fixture(scope="module")
def parts() -> Split:
    loans = look_alike(700, seed=6)
    rows, defaults = loans.iloc[:, 1:7].to_numpy(np.float64), loans["default"].to_numpy()
    return Split(Sample(rows[:500], defaults[:500]), Sample(rows[500:], defaults[500:]), "by hand")


@pytest.mark.parametrize("quick", [True, False])
def test_a_study_takes_as_many_steps_as_it_says(parts: Split, quick: bool) -> None:
    taken = []
    fitted = MODELS["decision-tree"](parts.learn)
    studies = Studies(parts, POLICY, lambda: taken.append(1), quick=quick)
    study = studies.of("decision-tree", fitted)
    assert len(taken) == steps(quick=quick)
    assert ("lift.png" in study.pages) is not quick
    assert study.folds == (5 if quick else 15)
    assert len(study.unseen.pd) == 700


def test_each_loan_is_scored_by_a_model_that_had_not_seen_it(parts: Split) -> None:
    """A model that learns its loans by heart is right about those it saw, and not here."""
    learn = parts.learn
    noise = Sample(learn.rows, np.random.default_rng(3).integers(0, 2, 500))
    forest = MODELS["random-forest"](noise)
    by_heart = (forest.predict_proba(noise.rows)[:, 1] >= 0.5) == noise.defaults
    found = cross_validated(forest, noise, 1, lambda: None)
    unseen = (found.unseen_pd >= 0.5) == noise.defaults
    assert by_heart.mean() > 0.95
    assert 0.4 < unseen.mean() < 0.6
    assert found.figures["cv_accuracy"] == pytest.approx(unseen.mean(), abs=1e-12)


def test_bands_count_each_loan_once_and_by_the_service_s_own_rule(parts: Split) -> None:
    cuts = POLICY.cut_offs
    pd = np.array([0, cuts.approve_below, cuts.decline_above, 0.21, 1.0, 0.0025])
    defaults = np.array([0, 0, 1, 1, 1, 0])
    decided = {band.name: band.loans for band in bands.by_decision(POLICY, defaults, pd)}
    assert decided == {"approve": 2, "review": 2, "decline": 2}
    graded = {band.name: band.loans for band in bands.by_grade(POLICY, defaults, pd)}
    assert graded == {"A": 1, "B": 1, "C": 0, "D": 1, "E": 0, "F": 2, "G": 1}
    tenths = bands.by_tenth(np.repeat([0, 1], 50), np.linspace(0, 1, 100))
    assert [band.defaults for band in tenths] == [10] * 5 + [0] * 5
    assert bands.lift(tenths) == 2


def test_odds_are_what_a_step_multiplies_the_odds_by(parts: Split) -> None:
    pipeline = MODELS[SERVED](parts.learn)
    before, after = parts.learn.rows[:1], parts.learn.rows[:1].copy()
    after[0, 5] += 10
    odds = np.exp(np.diff(pipeline.decision_function(np.vstack([before, after])))[0])
    (row,) = (line for line in weights.coefficients(pipeline).splitlines() if "fico" in line)
    assert float(row.split("|")[5]) == pytest.approx(odds, rel=1e-3)


def test_a_field_that_tells_most_is_the_most_important(parts: Split) -> None:
    found = weights.importance(MODELS["random-forest"](parts.learn), parts.held_out)
    assert max(found, key=lambda name: found[name][0]) == "credit_lines_outstanding"


def test_a_winner_whose_reasons_are_not_exact_is_named_and_challenges() -> None:
    def loss(mean: float) -> dict[str, float]:
        return {"cv_log_loss": mean, "cv_log_loss_sd": 0.01}

    figures = {SERVED: loss(0.30), "decision-tree": loss(0.4), "random-forest": loss(0.1)}
    selection = select(figures, 15, SERVED)
    assert (selection.best, selection.challenger) == ("random-forest", "random-forest")
    assert "random-forest is best, but its reasons would not be exact" in selection.text
