"""Which loans are held out: the latest, whole groups, or drawn ones."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas
import pytest

from training import data
from training.faults import DataError
from training.split import Sample, folds, split

Save = Callable[[pandas.DataFrame], Path]
DAYS = pandas.date_range("2023-01-01", periods=50).astype(str)


@pytest.fixture
def dated(loans: pandas.DataFrame) -> pandas.DataFrame:
    """Four loans a day, in no order, with a default on every second."""
    defaults = np.tile([0, 1], 100)
    return loans.assign(applied_on=np.tile(DAYS, 4), default=defaults)


def test_the_latest_loans_are_held_out_and_no_day_is_parted(
    saved: Save, dated: pandas.DataFrame
) -> None:
    loans = data.read(saved(dated))
    parts = split(loans)
    later = loans.days >= np.datetime64("2023-02-10")
    assert np.array_equal(parts.held_out.rows, loans.rows[later])
    assert np.array_equal(parts.learn.rows, loans.rows[~later])
    assert "from 2023-02-10 on" in parts.how


def test_groups_are_never_parted(saved: Save, loans: pandas.DataFrame) -> None:
    parts = split(data.read(saved(loans.assign(group=np.arange(200) % 20))))
    assert not set(parts.learn.groups) & set(parts.held_out.groups)
    assert 20 <= len(parts.held_out.rows) <= 60
    for repeats in (1, 3):
        every = folds(parts.learn, repeats)
        assert len(every) == 5 * repeats
        for seen, unseen in every:
            assert not set(parts.learn.groups[seen]) & set(parts.learn.groups[unseen])


def test_with_days_and_groups_the_latest_are_held_out_and_folds_keep_groups(
    saved: Save, dated: pandas.DataFrame
) -> None:
    parts = split(data.read(saved(dated.assign(group=np.arange(200) // 5))))
    assert "applied_on" in parts.how
    for seen, unseen in folds(parts.learn):
        assert not set(parts.learn.groups[seen]) & set(parts.learn.groups[unseen])


def test_days_that_leave_no_default_to_measure_are_refused(
    saved: Save, loans: pandas.DataFrame
) -> None:
    first = loans.sort_values("default", ascending=False, ignore_index=True)
    with pytest.raises(DataError, match=r"held out have fewer than 5 defaults.*applied_on"):
        split(data.read(saved(first.assign(applied_on=np.repeat(DAYS, 4)))))


def test_all_on_one_day_is_refused(saved: Save, loans: pandas.DataFrame) -> None:
    with pytest.raises(DataError, match="learnt from have fewer than 5 repaid loans"):
        split(data.read(saved(loans.assign(applied_on="2024-01-01"))))


def test_fewer_groups_than_folds_are_refused(saved: Save, loans: pandas.DataFrame) -> None:
    with pytest.raises(DataError, match="group: 4 groups cannot be parted into 5"):
        split(data.read(saved(loans.assign(group=np.arange(200) % 4))))


def test_without_days_and_groups_the_split_is_the_one_everybody_draws(
    saved: Save, loans: pandas.DataFrame
) -> None:
    loans = data.read(saved(loans))
    held_out = split(loans).held_out
    assert len(held_out.rows) == 40
    assert held_out.groups is None
    repeated = folds(Sample(loans.rows, loans.defaults), 3)
    assert len({tuple(unseen) for _, unseen in repeated}) == 15
