"""A wrong artefact is a refusal to start, never a wrong score."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from protocol.artefact import digest_of, read_verified
from protocol.errors import ArtefactError
from tests.conftest import ROOT, environment
from tests.policy import POLICY
from training.swap import put_in_place
from worker.model import load_scorer


@pytest.fixture
def copy(artefact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(artefact, tmp_path / "model"))


def edit(folder: Path, change) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def flip_a_bit(folder: Path) -> None:
    path = folder / "model.joblib"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def cut_short(folder: Path) -> None:
    path = folder / "model.joblib"
    path.write_bytes(path.read_bytes()[:-1])


def shift_a_golden_row(folder: Path) -> None:
    edit(folder, lambda manifest: manifest["golden"][0].update(pd=0.123456))


def shift_a_coefficient(folder: Path) -> None:
    def change(manifest):
        manifest["fold"]["coefficients"][5] *= 1.0001

    edit(folder, change)


def claim_another_library(folder: Path) -> None:
    edit(folder, lambda manifest: manifest["libraries"].update({"scikit-learn": "0.24.2"}))


def another_format(folder: Path) -> None:
    edit(folder, lambda manifest: manifest.update(format=1))


def infinite_coefficient(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["fold"]["intercept"] = float("inf")
    path.write_text(json.dumps(manifest))


def other_columns(folder: Path) -> None:
    edit(folder, lambda manifest: manifest["fold"]["columns"].reverse())


def remove_the_model(folder: Path) -> None:
    (folder / "model.joblib").unlink()


def remove_everything(folder: Path) -> None:
    shutil.rmtree(folder)


def empty_the_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("")


FAULTS = {
    flip_a_bit: "digest",
    cut_short: "digest",
    shift_a_golden_row: "golden row 0",
    shift_a_coefficient: "pd",
    claim_another_library: "scikit-learn 0.24.2",
    another_format: "format",
    infinite_coefficient: "intercept",
    other_columns: "columns",
    remove_the_model: "No such file",
    remove_everything: "make train",
    empty_the_manifest: "manifest.json",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_faulty_artefact_is_refused(copy, fault):
    fault(copy)
    with pytest.raises(ArtefactError, match=FAULTS[fault]):
        load_scorer(copy, POLICY)


def test_another_digest_than_the_pinned_one_is_refused(copy):
    with pytest.raises(ArtefactError, match="LOANSCORE_MODEL_DIGEST"):
        load_scorer(copy, POLICY, pinned_digest=digest_of(b"another"))


class Bomb:
    """A pickle that leaves a mark when it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


def test_a_pickle_that_is_not_the_manifests_is_never_loaded(copy, tmp_path):
    (copy / "model.joblib").write_bytes(pickle.dumps(Bomb(tmp_path / "mark")))
    with pytest.raises(ArtefactError, match="digest"):
        load_scorer(copy, POLICY)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("fault", [flip_a_bit, shift_a_golden_row, claim_another_library])
def test_a_worker_refuses_to_start_in_one_line(copy, fault, tmp_path):
    fault(copy)
    ended = subprocess.run(
        [sys.executable, "-m", "worker"],
        cwd=ROOT,
        env=environment(model_dir=copy, redis_url=f"unix://{tmp_path}/none.sock"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("loanscore worker: ")
    assert ended.stderr.count("\n") == 1
    assert os.linesep + "Traceback" not in ended.stderr


def test_a_reader_never_sees_half_of_two_artefacts(copy, tmp_path):
    """Training swaps folders in one step, but a reader takes two: manifest, then model."""
    other = Path(shutil.copytree(copy, tmp_path / "other"))
    model = (other / "model.joblib").read_bytes() + b"\0"
    (other / "model.joblib").write_bytes(model)
    edit(other, lambda manifest: manifest.update(digest=digest_of(model)))
    sources, place, seen = [copy, other], tmp_path / "place", set()
    put_in_place(Path(shutil.copytree(copy, tmp_path / "first")), place)

    def swap() -> None:
        for number in range(60):
            new = shutil.copytree(sources[number % 2], tmp_path / f"new-{number}")
            put_in_place(Path(new), place)
            time.sleep(0.01)

    swapping = threading.Thread(target=swap)
    swapping.start()
    while swapping.is_alive():
        manifest, data = read_verified(place)
        assert digest_of(data) == manifest.digest
        seen.add(manifest.digest)
    swapping.join()
    assert len(seen) == 2


def test_a_whole_artefact_is_served(artefact):
    manifest = load_scorer(artefact, POLICY).manifest
    assert manifest.digest == digest_of((artefact / "model.joblib").read_bytes())
