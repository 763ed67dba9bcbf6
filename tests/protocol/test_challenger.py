"""A challenger is proven by its bytes before anybody unpickles it."""

import json
from pathlib import Path

import pytest

from protocol.artefact import GoldenRow, Training, digest_of
from protocol.challenger import Challenger, read_challenger
from protocol.errors import ArtefactError

MODEL = b"a model"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    challenger = Challenger(
        format=1,
        name="loanscore-random-forest",
        version="1",
        created_at="2026-01-01T00:00:00Z",
        digest=digest_of(MODEL),
        libraries={"scikit-learn": "1.9.1"},
        fields=["income"],
        golden=[GoldenRow(row=[0, 1, 2, 3, 4, 600], pd=0.5)],
        metrics={"brier": 0.1},
        training=Training(data_sha256="0", rows=1, defaults=0, seed=42, mlflow_run_id="r"),
    )
    (tmp_path / "challenger.json").write_text(challenger.model_dump_json())
    (tmp_path / "model.joblib").write_bytes(MODEL)
    return tmp_path


def edit(folder: Path, **changes: object) -> None:
    path = folder / "challenger.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_whole_one_is_read(folder: Path) -> None:
    challenger, data = read_challenger(folder)
    assert (challenger.digest, data) == (digest_of(MODEL), MODEL)


@pytest.mark.parametrize("data", [MODEL[:-1], b"another", b""])
def test_other_bytes_are_refused(folder: Path, data: bytes) -> None:
    (folder / "model.joblib").write_bytes(data)
    with pytest.raises(ArtefactError, match="digest"):
        read_challenger(folder)


@pytest.mark.parametrize("name", ["challenger.json", "model.joblib"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ArtefactError, match=f"{name}.*make train"):
        read_challenger(folder)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"format": 3}, "format"),
        ({"digest": "md5:0"}, "digest"),
        ({"golden": []}, "golden"),
        ({"surprise": 1}, "surprise"),
        ({"metrics": {"brier": float("nan")}}, "metrics.brier"),
    ],
)
def test_what_is_not_of_its_format_is_refused(folder: Path, change: dict, where: str) -> None:
    edit(folder, **change)
    with pytest.raises(ArtefactError, match=f"challenger.json: {where}"):
        read_challenger(folder)
