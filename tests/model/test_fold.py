"""The folded coefficients are the pipeline: what a worker computes is what was measured."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.application import FIELDS, Application
from protocol.artefact import Fold
from protocol.errors import ArtefactError
from protocol.features import COLUMNS
from training.fold import check_fold, folded_pd

#: Any accepted row, one in two as a bank sees it, so that pd is not always 0 or 1.
rows = st.one_of(
    st.tuples(*(st.floats(field.low, field.high) for field in FIELDS)),
    st.tuples(
        st.integers(0, 5).map(float),
        st.floats(500, 12_000),
        st.floats(500, 40_000),
        st.floats(10_000, 150_000),
        st.integers(0, 10).map(float),
        st.integers(450, 850).map(float),
    ),
)


@pytest.mark.parametrize("part", ["intercept", "coefficients"])
def test_a_fold_that_is_off_by_a_millionth_is_refused(exported, part: str) -> None:
    fold = exported.manifest.fold
    changed = {
        "intercept": fold.intercept + 1e-6,
        "coefficients": [value * (1 + 1e-6) for value in fold.coefficients],
    }
    wrong = fold.model_copy(update={part: changed[part]})
    with pytest.raises(ArtefactError, match="nothing was exported"):
        check_fold(wrong, exported.pipeline, exported.data.rows)


def test_a_fold_with_a_number_that_is_none_is_refused(exported) -> None:
    wrong = Fold.model_construct(**{**dict(exported.manifest.fold), "intercept": float("nan")})
    with pytest.raises(ArtefactError, match="nan"):
        check_fold(wrong, exported.pipeline, exported.data.rows)


@given(row=rows)
@example(row=tuple(float(field.high) for field in FIELDS))
@example(row=tuple(float(field.low) for field in FIELDS))
@example(row=(0.0, 5_000.0, 5_000.0, 0.0, 5.0, 700.0))
def test_the_fold_gives_the_pd_of_the_pipeline(exported, row: tuple[float, ...]) -> None:
    array = np.array([row])
    (folded,) = folded_pd(exported.manifest.fold, array)
    assert abs(folded - exported.pipeline.predict_proba(array)[0, 1]) <= 1e-12


def test_it_gives_the_pd_of_the_pipeline_on_every_loan_of_the_file(exported) -> None:
    every = exported.data.rows
    folded = folded_pd(exported.manifest.fold, every)
    assert np.abs(folded - exported.pipeline.predict_proba(every)[:, 1]).max() <= 1e-12


def test_its_columns_stand_in_the_order_of_the_application(exported) -> None:
    assert exported.manifest.fold.columns == list(COLUMNS)
    assert len(COLUMNS) == len(Application._fields)
