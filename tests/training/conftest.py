"""Fixtures of the training room: small invented loans, the real file, and two whole trainings."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas
import pytest

from tests.conftest import ROOT
from training import data, enclosure, generator


@dataclass(frozen=True)
class Training:
    """One `python -m training` in a process of its own, and where it was allowed to write."""

    state: Path
    returncode: int
    stdout: str
    stderr: str
    #: files and folders the process made or changed elsewhere
    strays: list[str]

    @property
    def digest(self) -> str:
        return self.stdout.split()[-1]


@pytest.fixture(scope="session")
def real_data(loan_data: Path) -> data.TrainingData:
    return data.read(loan_data)


@pytest.fixture
def loans() -> pandas.DataFrame:
    return generator.look_alike(200, seed=1)


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[pandas.DataFrame], Path]:
    """Write loans as a file and say where."""

    def save(frame: pandas.DataFrame) -> Path:
        generator.write(tmp_path / "loans.csv", frame)
        return tmp_path / "loans.csv"

    return save


@pytest.fixture(scope="session")
def run_training(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Training]:
    """Run `python -m training` with an empty home, an empty working folder and a watched disk."""

    def run(state: Path, *arguments: str, **variables: str) -> Training:
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        home, here, passing = (elsewhere / name for name in ("home", "here", "passing"))
        for folder in (home, here, passing):
            folder.mkdir()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(passing),
            "PYTHONPATH": str(ROOT),
            # read the interpreter's compiled files where they are, write none
            "PYTHONPYCACHEPREFIX": sys.pycache_prefix or "",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LOANSCORE_STATE_DIR": str(state),
            **variables,
        }
        watched = Path(__file__).with_name("watched_run.py")
        done = subprocess.run(
            [sys.executable, watched, elsewhere / "strays", state, *arguments],
            env=environment,
            cwd=here,
            capture_output=True,
            text=True,
            check=False,
        )
        strays = (elsewhere / "strays").read_text().splitlines()
        left = [str(path) for folder in (home, here, passing) for path in folder.iterdir()]
        return Training(state, done.returncode, done.stdout, done.stderr, strays + left)

    return run


@pytest.fixture(scope="session")
def first_run(
    run_training: Callable[..., Training], tmp_path_factory: pytest.TempPathFactory
) -> Training:
    """Train quickly with no data given."""
    return run_training(tmp_path_factory.mktemp("a state") / "var", "--quick")


@pytest.fixture(scope="session")
def second_run(run_training: Callable[..., Training], first_run: Training) -> Training:
    """Train again, with every study, on the same loans under other ids and another column's name.

    The machine has no git.
    """
    frame = pandas.read_csv(first_run.state / "data" / "lookalike.csv")
    frame["customer_id"] = [f"LOS-{at}" for at in range(len(frame))]
    renamed = first_run.state / "renamed.csv"
    frame.rename(columns={"income": "annual_income"}).to_csv(renamed, index=False)
    nothing = first_run.state / "no programs"
    nothing.mkdir()
    data = {"LOAN_DATA": str(renamed), "LOAN_COLUMNS": "income=annual_income"}
    return run_training(first_run.state, **data, PATH=str(nothing))


@pytest.fixture(scope="module")
def enclosed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep what MLflow and matplotlib write inside a folder of the test."""
    folder = tmp_path_factory.mktemp("enclosed")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in enclosure.variables(folder).items():
            patch.setenv(name, value)
        patch.delenv("TMPDIR")
        yield folder
