"""The figures of a model are those of that model, or are not shown."""

import json

import pytest

from protocol.artefact import digest_of
from protocol.errors import ArtefactError
from protocol.figures import FIGURES_FILE, Figures, read_figures

DIGEST = digest_of(b"")
GIVEN = {
    "format": 1,
    "digest": DIGEST,
    "served": "a",
    "calibration": [{"mean_pd": 0.1, "loans": 10, "defaults": 1, "low": 0.0, "high": 0.4}],
    "roc": [
        {"pd": None, "false_alarms": 0, "caught": 0},
        {"pd": 0.0, "false_alarms": 1, "caught": 1},
    ],
    "models": {"a": {"roc_auc": 0.5}},
}


def write(folder, **changed):
    (folder / FIGURES_FILE).write_text(json.dumps(GIVEN | changed))


def test_they_are_read_as_written_and_may_be_absent(tmp_path):
    assert read_figures(tmp_path, DIGEST) is None
    write(tmp_path)
    assert read_figures(tmp_path, DIGEST) == Figures.model_validate(GIVEN)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": 2}, "format"),
        ({"served": "b"}, "lacks the one that is served"),
        ({"digest": digest_of(b"x")}, "was measured on"),
        ({"roc": []}, "roc"),
        ({"calibration": [GIVEN["calibration"][0] | {"high": 1.5}]}, "calibration.0.high"),
        ({"extra": 1}, "extra"),
    ],
)
def test_what_is_not_as_it_should_be_is_named(tmp_path, changed, said):
    write(tmp_path, **changed)
    with pytest.raises(ArtefactError, match=said):
        read_figures(tmp_path, DIGEST)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / FIGURES_FILE).mkdir()
    with pytest.raises(ArtefactError, match="Is a directory"):
        read_figures(tmp_path, DIGEST)
