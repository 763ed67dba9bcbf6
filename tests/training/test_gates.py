"""Each gate passes the model that serves, and stops one that is wrong in its way alone."""

from typing import Any

import numpy as np
import pytest

from protocol.promotions import Gate
from training import data, gates, generator
from training.gates import Loaded
from training.promote import load
from training.split import Sample


class Bent:
    """A pipeline whose pd is bent."""

    def __init__(self, pipeline: Any, bend) -> None:
        self._pipeline, self._bend = pipeline, bend

    def predict_proba(self, rows):
        pd = np.clip(self._bend(self._pipeline.predict_proba(rows)[:, 1], rows), 0, 1)
        return np.column_stack([1 - pd, pd])


@pytest.fixture(scope="module")
def good(artefact) -> Loaded:
    return load(artefact)


@pytest.fixture(scope="module")
def unseen(tmp_path_factory) -> Sample:
    path = tmp_path_factory.mktemp("gates") / "loans.csv"
    generator.write(path, generator.look_alike(2_000, seed=3))
    loans = data.read(path)
    return Sample(loans.rows, loans.defaults)


def failed(found: list[Gate]) -> set[str]:
    return {gate.name for gate in found if not gate.passed}


def bent(good: Loaded, bend) -> Loaded:
    return good._replace(pipeline=Bent(good.pipeline, bend))


def test_the_model_that_serves_passes_against_itself(good, unseen) -> None:
    found = gates.gates(good, good, unseen)
    assert failed(found) == set()
    assert [gate.name for gate in found] == [
        "golden-rows",
        "log-loss",
        "roc-auc",
        "calibration",
        "signs",
    ]


def test_the_first_model_has_nothing_to_be_compared_with(good, unseen) -> None:
    found = gates.gates(good, None, unseen)
    assert failed(found) == set()
    assert "nothing was promoted before" in next(g.found for g in found if g.name == "not-worse")


@pytest.mark.parametrize(
    ("bend", "stopped_by"),
    [
        (lambda pd, _: pd + 1e-9, {"golden-rows"}),
        (lambda pd, _: 0.185 + 0 * pd, {"golden-rows", "log-loss", "roc-auc"}),
        (lambda pd, _: 0.1 + 0.9 * pd, {"golden-rows", "log-loss", "calibration"}),
        (
            lambda pd, rows: pd + (rows[:, 5] > 700) * 1e-6,
            {"golden-rows", "signs"},
        ),
        (
            lambda _, rows: rows[:, 3] / 2e5,
            {"golden-rows", "log-loss", "roc-auc", "calibration", "signs"},
        ),
    ],
    ids=["off", "knows nothing", "too high", "good FICO costs", "income costs"],
)
def test_a_model_that_is_wrong_in_one_way_is_stopped_by_that_gate(
    good, unseen, bend, stopped_by
) -> None:
    found = gates.gates(bent(good, bend), good, unseen)
    assert failed(found) == stopped_by, [gate.found for gate in found]


def test_the_uncertainty_of_few_loans_counts_against_the_candidate(good, unseen) -> None:
    """What 2,000 loans do not settle 40 settle even less: the bound is for the upper end."""
    few = unseen.at(np.arange(40))
    worse = bent(good, lambda pd, rows: np.where(rows[:, 3] % 40 < 1, 0.5, pd))
    (many,) = [gate for gate in gates.gates(worse, good, unseen) if gate.name == "log-loss"]
    assert not many.passed
    assert gates.gates(good, good, few)[1].passed


def test_an_identifier_that_changes_a_pd_is_found(good, unseen) -> None:
    other = unseen.rows.copy()
    assert gates.identifier(good, unseen.rows, other).passed
    other[7, 0] += 1
    other[7, 5] = 300
    gate = gates.identifier(good, unseen.rows, other)
    assert not gate.passed
    assert gate.found.startswith("1 of 2,000 pds differ")
