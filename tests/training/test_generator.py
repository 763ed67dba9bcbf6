from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas

from protocol.application import FIELDS
from training import data, generator
from training.metrics import measured
from training.models import logistic_regression
from training.split import Sample, split


def test_the_same_seed_gives_the_same_loans_and_another_seed_others() -> None:
    one, same, other = (generator.look_alike(100, seed) for seed in (1, 1, 2))
    pandas.testing.assert_frame_equal(one, same)
    assert not one.equals(other)


def test_no_loan_is_outside_what_an_application_may_hold() -> None:
    loans = generator.look_alike(20_000, seed=3)
    for field in FIELDS:
        assert loans[field.name].between(field.low, field.high).all(), field.name
    assert loans["income"].min() >= 1_000
    assert (loans["loan_amt_outstanding"] > 0).all()


def test_the_file_it_writes_is_one_that_training_reads(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "loans.csv"
    generator.write(path, generator.look_alike(500))
    assert len(data.read(path).frame) == 500


def test_a_model_trained_on_it_ranks_the_real_loans(
    saved: Callable[[pandas.DataFrame], Path], real_data: data.TrainingData
) -> None:
    pipeline = logistic_regression(split(data.read(saved(generator.look_alike()))).learn)
    real = Sample(real_data.rows, real_data.defaults)
    figures = measured(real.defaults, pipeline.predict_proba(real.rows)[:, 1])
    assert figures["roc_auc"] > 0.999
    assert figures["accuracy"] > 0.995


def test_it_has_the_shape_of_the_real_loans(real_data: data.TrainingData) -> None:
    ours, theirs = generator.look_alike(10_000, seed=5), real_data.frame
    for field in FIELDS:
        spread = theirs[field.name].std()
        assert abs(ours[field.name].mean() - theirs[field.name].mean()) < 0.1 * spread, field.name
        assert 0.9 < ours[field.name].std() / spread < 1.1, field.name
    assert abs(ours["default"].mean() - theirs["default"].mean()) < 0.02
    rows = set(map(tuple, np.asarray(theirs)))
    assert not rows & set(map(tuple, np.asarray(ours[theirs.columns])))
