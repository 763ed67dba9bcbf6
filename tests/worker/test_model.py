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

import joblib
import numpy as np
import pytest

from protocol.artefact import digest_of, read_manifest, read_verified
from protocol.errors import ArtefactError
from protocol.settings import Settings
from tests.conftest import ROOT, environment
from tests.policy import POLICY
from training.artefact import model_bytes
from training.swap import put_in_place
from worker.model import load_scorer, served_scorer


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


def a_coefficient_that_is_no_number(folder: Path) -> None:
    def change(manifest):
        manifest["fold"]["coefficients"][0] = float("nan")

    edit(folder, change)


def cut_the_manifest_short(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes()[:-1])


def put_in(folder: Path, model: bytes) -> None:
    """Swap the model together with the digest the manifest says."""
    (folder / "model.joblib").write_bytes(model)
    edit(folder, lambda manifest: manifest.update(digest=digest_of(model)))


def a_model_of_other_coefficients(folder: Path) -> None:
    pipeline = joblib.load(folder / "model.joblib")
    pipeline[-1].coef_ = pipeline[-1].coef_ * 1.0001
    put_in(folder, model_bytes(pipeline))


def bytes_that_are_no_pickle(folder: Path) -> None:
    put_in(folder, b"not a pickle")


def a_pickle_that_is_no_classifier(folder: Path) -> None:
    put_in(folder, pickle.dumps({"coefficients": [1, 2, 3]}))


def other_columns(folder: Path) -> None:
    edit(folder, lambda manifest: manifest["fold"]["columns"].reverse())


def a_name_that_a_spreadsheet_would_run(folder: Path) -> None:
    edit(folder, lambda manifest: manifest.update(name="=cmd()"))


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
    a_coefficient_that_is_no_number: "coefficients",
    cut_the_manifest_short: "manifest.json",
    a_model_of_other_coefficients: "golden row",
    bytes_that_are_no_pickle: "holds no pipeline",
    a_pickle_that_is_no_classifier: "holds no pipeline",
    other_columns: "columns",
    a_name_that_a_spreadsheet_would_run: "name: String should match",
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


#: What is found by looking at the pipeline itself, which is not looked at here.
OF_THE_PIPELINE = {
    claim_another_library,
    a_model_of_other_coefficients,
    bytes_that_are_no_pickle,
    a_pickle_that_is_no_classifier,
}


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault not in OF_THE_PIPELINE], ids=lambda f: f.__name__
)
def test_a_faulty_artefact_is_refused_by_its_coefficients_alone(copy, fault):
    fault(copy)
    with pytest.raises(ArtefactError, match=FAULTS[fault]):
        load_scorer(copy, POLICY, trust="coefficients")


def test_a_bomb_swapped_together_with_its_digest_is_refused_by_the_pin(artefact, copy, tmp_path):
    put_in(copy, pickle.dumps(Bomb(tmp_path / "mark")))
    pinned = read_verified(artefact)[0].digest
    with pytest.raises(ArtefactError, match="LOANSCORE_MODEL_DIGEST"):
        load_scorer(copy, POLICY, pinned)
    assert not (tmp_path / "mark").exists()


def test_a_bomb_is_served_from_its_coefficients_and_never_opened(artefact, copy, tmp_path):
    put_in(copy, pickle.dumps(Bomb(tmp_path / "mark")))
    scorer = load_scorer(copy, POLICY, trust="coefficients")
    rows = np.array([golden.row for golden in scorer.manifest.golden])
    assert np.array_equal(scorer.logit(rows), load_scorer(artefact, POLICY).logit(rows))
    assert not (tmp_path / "mark").exists()
    with pytest.raises(ArtefactError, match="holds no pipeline"):
        load_scorer(copy, POLICY)
    assert (tmp_path / "mark").exists()  # it would have gone off


def test_who_trusts_the_coefficients_alone_has_no_unpickler_in_memory(artefact):
    code = (
        "import sys; from pathlib import Path; from protocol.policy import read_policy;"
        " from worker.model import load_scorer;"
        " load_scorer(Path(sys.argv[1]), read_policy(Path('policy.json')), None, sys.argv[2]);"
        " print(*{'joblib', 'sklearn'} & set(sys.modules))"
    )
    loaded = {
        trust: subprocess.run(
            [sys.executable, "-c", code, artefact.resolve(), trust],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for trust in ("coefficients", "pipeline")
    }
    assert loaded["coefficients"] == []
    assert sorted(loaded["pipeline"]) == ["joblib", "sklearn"]


def test_another_manifest_than_the_pinned_one_is_refused(copy):
    content = read_manifest(copy).content_digest
    edit(copy, dict.copy)  # other blanks, the same content
    settings = Settings(model_dir=copy, model_trust="coefficients", manifest_digest=content)
    assert served_scorer(settings, POLICY).manifest.content_digest == content

    def forget_everything(manifest):
        manifest["fold"]["coefficients"] = [0.0] * 6
        manifest["fold"]["intercept"] = 0.0
        for golden in manifest["golden"]:
            golden["pd"] = 0.5

    edit(copy, forget_everything)
    load_scorer(copy, POLICY, trust="coefficients")  # whole in itself: only the pin can tell
    with pytest.raises(ArtefactError, match="LOANSCORE_MANIFEST_DIGEST"):
        served_scorer(settings, POLICY)


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
