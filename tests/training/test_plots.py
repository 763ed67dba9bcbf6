from pathlib import Path

import numpy as np
import pytest

from training import plots

DEFAULTS = np.array([0, 0, 1, 1, 0, 1])
PD = np.array([0.1, 0.6, 0.4, 0.9, 0.2, 0.7])

pytestmark = pytest.mark.usefixtures("enclosed")


def test_the_confusion_picture_shows_each_loan_once() -> None:
    (axes,) = plots.confusion(DEFAULTS, PD).axes
    assert [text.get_text() for text in axes.texts] == ["2", "1", "1", "2"]


def test_the_confusion_picture_of_a_model_that_flags_nobody_still_has_four_counts() -> None:
    (axes,) = plots.confusion(DEFAULTS, PD / 2).axes
    assert [text.get_text() for text in axes.texts] == ["3", "0", "3", "0"]


def test_the_roc_picture_goes_from_nobody_to_everybody_flagged() -> None:
    (axes,) = plots.roc(DEFAULTS, PD).axes
    curve = np.asarray(axes.lines[1].get_xydata())
    assert curve[0].tolist() == [0, 0]
    assert curve[-1].tolist() == [1, 1]


def test_every_picture_can_be_saved(tmp_path: Path) -> None:
    for name, picture in plots.pictures(DEFAULTS, PD).items():
        picture.savefig(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_the_calibration_picture_has_a_dot_for_each_range_of_pd_with_a_loan() -> None:
    (axes,) = plots.calibration(DEFAULTS, PD).axes
    dots = np.asarray(axes.lines[1].get_xydata()).round(9).tolist()
    assert dots == [[0.1, 0], [0.2, 0], [0.4, 1], [0.6, 0], [0.7, 1], [0.9, 1]]
