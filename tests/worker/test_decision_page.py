"""docs/decision.md: every number of it by hand, and by the service's own scorer."""

import math
import re

import numpy as np
import pytest

from protocol.application import FIELDS, Application
from protocol.artefact import Fold
from protocol.features import COLUMNS
from tests.conftest import ROOT
from tests.policy import POLICY
from worker import scorecard
from worker.model import load_scorer
from worker.scorer import Scorer

PAGE = (ROOT / "docs" / "decision.md").read_text()
NUMBER = r"(-?[\d,]+(?:\.\d+)?(?:e-\d+)?)"
NAMES = [field.name for field in FIELDS]


def number(pattern):
    """The one number the page has in this place."""
    (found,) = set(re.findall(pattern.replace("#", NUMBER), PAGE))
    return float(found.replace(",", ""))


def column(name, place):
    """A number of the row `name`, in the table where it is the cell number `place`."""
    return number(rf"\| `{name}` \|(?: [^|]+ \|){{{place - 1}}} # \|")


def close(shown, exact):
    """Whether what is shown is the exact number, rounded to as many places as are shown."""
    return shown == pytest.approx(exact, rel=6e-4, abs=6e-4)


APPLICATION = Application(
    *(
        (int if field.kind == "integer" else float)(column(f"applicant.{field.name}", 1))
        for field in FIELDS
    )
)
BETA = {name: column(f"model.{name}", 1) for name in COLUMNS}
MEAN = {name: column(f"model.{name}", 2) for name in COLUMNS}
LOAN, DEBT = column("mean.loan", 1), column("mean.debt", 1)
PER_INCOME = column("mean.per_income", 1)


@pytest.fixture
def scorer(artefact):
    """The service's scorer with the page's model."""
    known = load_scorer(artefact, POLICY)
    fields = [MEAN[name] for name in COLUMNS]
    fields[1:3] = LOAN, DEBT
    described = known.reference.model_copy(
        update={
            "fields": fields,
            "columns": [MEAN[name] for name in COLUMNS],
            "per_income": PER_INCOME,
        }
    )
    fold = Fold(
        columns=list(COLUMNS),
        intercept=column("model.intercept", 1),
        coefficients=[BETA[name] for name in COLUMNS],
    )
    update = {"fold": fold, "references": {POLICY.reference: described}}
    return Scorer(known.manifest.model_copy(update=update), POLICY)


def test_the_ratios_and_the_log_odds_are_those_of_the_fields():
    lti = APPLICATION.loan_amt_outstanding / APPLICATION.income
    dti = APPLICATION.total_debt_outstanding / APPLICATION.income
    assert close(column("sum.lti", 1), lti)
    assert close(column("sum.dti", 1), dti)
    values = dict(zip(COLUMNS, APPLICATION, strict=True)) | {"lti": lti, "dti": dti}
    parts = {name: BETA[name] * values[name] for name in COLUMNS}
    for name in COLUMNS:
        assert close(column(f"sum.{name}", 2), parts[name])
    logit = column("model.intercept", 1) + sum(parts.values())
    assert close(number(r"logit\(pd\) = #"), logit)
    assert close(number(r"pd = #"), 1 / (1 + math.exp(-logit)))


def test_points_grade_decision_and_loss_follow_from_the_pd():
    logit, pd = number(r"logit\(pd\) = #"), number(r"pd = #")
    assert number(r"= # points") == round(600 - 20 / math.log(2) * (logit + math.log(50)))
    assert f"grade {scorecard.grade(pd, POLICY.grades)}" in PAGE
    assert f"so the decision is **{scorecard.decision(pd, POLICY.cut_offs)}**" in PAGE
    loss = pd * POLICY.lgd * APPLICATION.loan_amt_outstanding
    assert number(r"expected loss = 0.9 \* # \* ") == pd
    assert close(number(r"= # currency"), loss)


def test_the_contributions_are_the_differences_and_the_shares_of_income():
    income = APPLICATION.income
    shares = {}
    for name, mean, value in (
        ("lti", LOAN, APPLICATION.loan_amt_outstanding),
        ("dti", DEBT, APPLICATION.total_debt_outstanding),
    ):
        both = BETA[name] * (value / income - MEAN[name])
        half = (mean / income + value / income - MEAN[name] - value * PER_INCOME) / 2
        shares[name] = BETA[name] * half
        assert close(column(f"ratio.{name}", 1), both)
        assert close(column(f"ratio.{name}", 2), shares[name])
        assert close(column(f"ratio.{name}", 3), both - shares[name])
    direct = {
        name: BETA[name] * (value - MEAN[name])
        for name, value in zip(COLUMNS, APPLICATION, strict=True)
        if name not in shares
    }
    direct["income"] += sum(shares.values())
    for name, added in direct.items():
        assert close(column(f"adds.{name}", 1), added)


def test_the_service_says_what_the_page_says(scorer):
    rows = np.array([APPLICATION], dtype=np.float64)
    found = scorer.explained(rows)
    assert close(number(r"logit\(pd\) = #"), found.logits[0])
    assert close(number(r"base = #"), scorer.base)
    for name, added in zip(NAMES, found.fields[0], strict=True):
        assert close(column(f"adds.{name}", 1), added)
    total = number(r"base = #") + sum(column(f"adds.{name}", 1) for name in NAMES)
    assert total == pytest.approx(found.logits[0], abs=5e-4)
    reasons = scorecard.reasons(APPLICATION, found.fields[0].tolist(), scorer)
    lines = [
        f"{place}. **{reason['text']['en']}** ({reason['code']}, {reason['points_lost']} points);"
        f" in French: {reason['text']['fr']}"
        for place, reason in enumerate(reasons, 1)
    ]
    assert "\n".join(lines) in PAGE
    assert f"{len(reasons) + 1}. " not in PAGE


def test_the_page_names_every_code_of_the_policy():
    for reason in POLICY.reasons:
        assert f"`{reason.code}`" in PAGE
