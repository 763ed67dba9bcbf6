"""What is said of a file before anything is learnt from it."""

import numpy as np
import pandas
import pytest

from protocol.application import FIELDS
from protocol.artefact import Manifest
from tests.policy import POLICY
from training import data, data_report, generator
from training.histograms import histograms


@pytest.fixture
def champion() -> Manifest:
    """A manifest of nothing but the loans a model learnt from."""
    loans = generator.look_alike(4_000, seed=11)
    rows = loans[[field.name for field in FIELDS]].to_numpy(np.float64)
    counted = histograms(rows, np.zeros(len(rows)), POLICY.grades)
    return Manifest.model_construct(histograms=counted, version="1", digest="sha256:0")


def read(saved, frame: pandas.DataFrame) -> data.TrainingData:
    return data.read(saved(frame))


def test_repeated_and_contrary_loans_are_counted(saved, loans: pandas.DataFrame) -> None:
    again = loans.head(3).assign(customer_id=["a", "b", "c"])
    again.loc[2, "default"] = 1 - again.loc[2, "default"]
    told = "\n".join(data_report.facts(read(saved, pandas.concat([loans, again]))))
    assert "203 loans" in told
    assert "2 loans repeat another" in told
    assert "1 applications came out both ways" in told


def test_fields_that_are_alike_or_never_vary_are_named(saved, loans: pandas.DataFrame) -> None:
    odd = loans.assign(total_debt_outstanding=loans["income"] * 0.2, years_employed=4)
    told = "\n".join(data_report.facts(read(saved, odd)))
    assert "total_debt_outstanding and income (+1.00)" in told
    assert "never vary: years_employed" in told


def test_what_has_not_moved_is_stable(saved, champion: Manifest) -> None:
    loans = read(saved, generator.look_alike(4_000, seed=12))
    assert max(data_report.drift(loans, champion).values()) < 0.02
    assert data_report.drift_told(loans, champion).endswith("none")


def test_a_field_that_has_moved_is_named_with_its_index(saved, champion: Manifest) -> None:
    loans = generator.look_alike(4_000, seed=12)
    loans["income"] = (loans["income"] * 0.8).round(2)
    moved = read(saved, loans)
    found = data_report.drift(moved, champion)
    assert found["income"] > 0.25
    assert found["fico_score"] < 0.02
    assert f"income {found['income']:.2f}" in data_report.drift_told(moved, champion)
    page = data_report.report(moved, champion)
    assert f"| income | {found['income']:.4f} | shifted |" in page
    assert "| fico_score | 0.0" in page


def test_the_loans_a_model_learnt_from_have_not_moved_at_all(saved) -> None:
    loans = read(saved, generator.look_alike(500, seed=2))
    counted = histograms(loans.rows, np.zeros(500), POLICY.grades)
    itself = Manifest.model_construct(histograms=counted, version="1", digest="sha256:0")
    assert max(data_report.drift(loans, itself).values()) == pytest.approx(0, abs=1e-12)
