import os
from pathlib import Path

import pytest

from training.enclosure import StateError, enclosed, variables


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Put this process's variables back afterwards."""
    for name in variables(tmp_path):
        monkeypatch.setenv(name, "as before")


def test_a_second_training_in_the_same_folder_is_refused_and_leaves_the_first_alone(
    tmp_path: Path,
) -> None:
    with enclosed(tmp_path):
        for _ in range(2):
            with pytest.raises(StateError, match="another training is at work"), enclosed(tmp_path):
                pytest.fail("two trainings at once")


def test_a_folder_is_free_again_when_its_training_failed(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), enclosed(tmp_path):
        raise ZeroDivisionError
    with enclosed(tmp_path):
        assert os.environ["TMPDIR"].startswith(str(tmp_path))


def test_trainings_in_two_folders_run_side_by_side(tmp_path: Path) -> None:
    with enclosed(tmp_path / "one"), enclosed(tmp_path / "two"):
        assert (tmp_path / "one" / "cache" / "tmp").is_dir()


def test_libraries_are_kept_below_an_absolute_path(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert variables(Path("var"))["MPLCONFIGDIR"] == str(tmp_path / "var/cache/matplotlib")
