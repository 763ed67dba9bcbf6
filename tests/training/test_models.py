import numpy as np
import pytest

from protocol.features import COLUMNS
from training.artefact import model_bytes
from training.cross_validation import cross_validated
from training.fold import check_fold, fold_of
from training.generator import look_alike
from training.metrics import measured
from training.models import MODELS, ModelError, logistic_regression
from training.split import Sample


def sample(rows: int, seed: int = 4) -> Sample:
    loans = look_alike(rows, seed)
    return Sample(loans.iloc[:, 1:7].to_numpy(np.float64), loans["default"].to_numpy())


def test_outcomes_written_the_wrong_way_round_teach_nothing_and_say_so() -> None:
    rows, defaults, _ = sample(1_000)
    with pytest.raises(ModelError, match="1 for the defaults"):
        logistic_regression(Sample(rows, 1 - defaults))


def test_a_column_that_works_the_wrong_way_round_is_left_out() -> None:
    rows = sample(1_000).rows
    lines, fico = rows[:, 0], rows[:, 5]
    perverse = Sample(rows, (lines + (fico - 640) / 60 > 2).astype(np.int64))
    pipeline = logistic_regression(perverse)
    fold = fold_of(pipeline)
    assert fold.coefficients[COLUMNS.index("fico_score")] == 0
    assert fold.coefficients[COLUMNS.index("credit_lines_outstanding")] > 0
    check_fold(fold, pipeline, rows)


@pytest.mark.parametrize("name", MODELS)
def test_the_smallest_data_that_is_accepted_can_be_fitted_and_measured(name: str) -> None:
    rows, defaults, _ = sample(2_000)
    few = np.concatenate([np.flatnonzero(defaults == 0)[:32], np.flatnonzero(defaults == 1)[:8]])
    small = Sample(rows[few], defaults[few])
    pipeline = MODELS[name](small)
    figures = measured(defaults, pipeline.predict_proba(rows)[:, 1])
    figures |= cross_validated(pipeline, small, 1, lambda: None).figures
    assert figures["roc_auc"] > 0.5
    assert all(np.isfinite(value) for value in figures.values())


@pytest.mark.parametrize("name", MODELS)
def test_the_same_loans_give_the_same_bytes_and_other_loans_others(name: str) -> None:
    once, again, other = (model_bytes(MODELS[name](sample(500, seed))) for seed in (4, 4, 5))
    assert once == again
    assert once != other


@pytest.mark.parametrize("name", MODELS)
def test_a_pickled_model_names_no_module_of_this_room(name: str) -> None:
    pickled = model_bytes(MODELS[name](sample(500)))
    assert b"protocol.features" in pickled
    assert b"training" not in pickled


def test_groups_stay_together_while_the_strength_is_chosen_and_measured() -> None:
    """Each loan stands five times, as one group: parted, its copies would give it away."""
    few = sample(200)
    places = np.repeat(np.arange(200), 5)
    copied = few._replace(groups=np.arange(200)).at(places)
    alone, together = copied._replace(groups=None), copied
    tree = MODELS["decision-tree"](copied)
    known, unknown = (
        cross_validated(tree, each, 1, lambda: None).figures["cv_log_loss"]
        for each in (alone, together)
    )
    assert known < unknown / 2
    assert logistic_regression(together)[-1].C <= logistic_regression(alone)[-1].C
