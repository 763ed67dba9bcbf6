"""The exported artefact, once from look-alike loans and once from the real ones."""

import io
from dataclasses import dataclass
from pathlib import Path

import joblib
import pytest
from sklearn.pipeline import Pipeline

from protocol.artefact import Manifest, read_verified
from tests.policy import POLICY
from training import artefact, data, generator
from training.manifest import Facts
from training.metrics import measured
from training.models import logistic_regression
from training.split import Split, split


@dataclass(frozen=True)
class Exported:
    """An artefact folder as a worker reads it, and the loans it was made from."""

    folder: Path
    manifest: Manifest
    #: loaded from the folder
    pipeline: Pipeline
    data: data.TrainingData
    parts: Split


def export(path: Path, folder: Path) -> Exported:
    loans = data.read(path)
    parts = split(loans)
    fitted = logistic_regression(parts.learn)
    pd = fitted.predict_proba(parts.held_out.rows)[:, 1]
    figures = measured(parts.held_out.defaults, pd)
    artefact.write(
        folder, artefact.made(fitted, loans, parts.learn, Facts(figures, "none", POLICY))
    )
    manifest, model = read_verified(folder)
    return Exported(folder, manifest, joblib.load(io.BytesIO(model)), loans, parts)


@pytest.fixture(scope="session")
def real(loan_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export(loan_data, tmp_path_factory.mktemp("real") / "model")


@pytest.fixture(scope="session")
def look_alike(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("look-alike")
    generator.write(folder / "loans.csv", generator.look_alike())
    return export(folder / "loans.csv", folder / "model")


@pytest.fixture(scope="session", params=["look_alike", "real"])
def exported(request: pytest.FixtureRequest) -> Exported:
    found: Exported = request.getfixturevalue(request.param)
    return found
