"""What a banker expects of the model, whatever data it was trained on."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.model_selection import cross_val_predict
from threadpoolctl import threadpool_limits

from protocol.application import EXAMPLE, FIELDS, Application
from tests.policy import POLICY
from training.metrics import measured

#: Applicants as they come: within what a bank sees, every ratio possible.
applicants = st.builds(
    Application,
    credit_lines_outstanding=st.integers(0, 10),
    loan_amt_outstanding=st.floats(500, 50_000),
    total_debt_outstanding=st.floats(500, 150_000),
    income=st.floats(5_000, 200_000),
    years_employed=st.integers(0, 40),
    fico_score=st.integers(300, 850),
)
#: Whatever the service accepts.
accepted = st.builds(
    Application,
    *(
        (st.integers if field.kind == "integer" else st.floats)(field.low, field.high)
        for field in FIELDS
    ),
)


def pd(exported, *applications: Application) -> np.ndarray:
    return exported.pipeline.predict_proba(np.array(applications, dtype=np.float64))[:, 1]


def log_odds(exported, *applications: Application) -> np.ndarray:
    return exported.pipeline.decision_function(np.array(applications, dtype=np.float64))


@given(application=accepted)
def test_every_accepted_application_has_a_pd(exported, application: Application) -> None:
    (found,) = pd(exported, application)
    assert 0 <= found <= 1


@pytest.mark.parametrize("income", [0, 0.0, 0.5, 5e-324])
def test_no_income_is_a_finite_pd_near_one(exported, income: float) -> None:
    (found,) = pd(exported, EXAMPLE._replace(income=income))
    assert math.isfinite(found)
    assert found > 0.999


@pytest.mark.parametrize(
    ("field", "more", "direction"),
    [
        ("credit_lines_outstanding", lambda lines: lines + 1, 1),
        ("loan_amt_outstanding", lambda loan: loan * 1.1, 1),
        ("total_debt_outstanding", lambda debt: debt * 1.1, 1),
        ("income", lambda income: income * 1.1, -1),
        ("years_employed", lambda years: years + 1, -1),
        ("fico_score", lambda fico: fico + 10, -1),
    ],
    ids=Application._fields,
)
@given(application=applicants)
def test_risk_moves_the_way_a_banker_expects(
    exported, field: str, more: Callable, direction: int, application: Application
) -> None:
    # at a debt far below its income an applicant is safe, whatever income does
    assume(application.total_debt_outstanding > 0.02 * application.income)
    changed = application._replace(**{field: more(getattr(application, field))})
    before, after = log_odds(exported, application, changed)
    assert (after - before) * direction > 0


def test_a_good_applicant_is_approved_and_a_bad_one_declined(exported) -> None:
    good = Application(0, 2_000.0, 3_000.0, 90_000.0, 8, 760)
    bad = Application(5, 6_000.0, 25_000.0, 60_000.0, 1, 520)
    cut_offs = POLICY.cut_offs
    safe, risky = pd(exported, good, bad)
    assert safe < cut_offs.approve_below
    assert risky > cut_offs.decline_above


def test_the_order_of_applicants_changes_no_pd(exported) -> None:
    rows = exported.parts.held_out.rows
    forward = exported.pipeline.predict_proba(rows)[:, 1]
    backward = exported.pipeline.predict_proba(rows[::-1])[::-1, 1]
    assert np.abs(forward - backward).max() <= 1e-12


def test_it_serves_the_real_held_out_loans_as_measured(real) -> None:
    figures = real.manifest.metrics
    for name, least in {
        "accuracy": 0.9990,
        "precision": 0.997,
        "recall": 0.997,
        "f1": 0.997,
        "roc_auc": 0.9999,
    }.items():
        assert figures[name] >= least, name
    assert figures["brier"] <= 0.0006
    assert len(real.parts.held_out.rows) == 2_000
    assert real.parts.held_out.defaults.sum() == 370


def test_invented_loans_teach_what_real_ones_hold(look_alike, real) -> None:
    decided = look_alike.pipeline.predict_proba(real.data.rows)[:, 1] >= 0.5
    assert (decided == real.data.defaults).mean() > 0.995


def test_it_holds_in_five_folds_of_the_real_file(real, report) -> None:
    """The folds are scikit-learn's own: five, in the order of the file."""
    rows, defaults = real.data.rows, real.data.defaults
    with threadpool_limits(limits=1):
        pd = cross_val_predict(real.pipeline, rows, defaults, cv=5, method="predict_proba")[:, 1]
    figures = measured(defaults, pd)
    report(f"5-fold cross-validation of {len(rows):,} real loans: {figures}")
    assert figures["accuracy"] >= 0.9995
    assert figures["brier"] <= 0.0006


def test_a_model_of_invented_loans_ranks_the_real_ones(look_alike, real) -> None:
    figures = measured(real.data.defaults, look_alike.pipeline.predict_proba(real.data.rows)[:, 1])
    assert figures["roc_auc"] > 0.999
