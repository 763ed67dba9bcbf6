"""What served is kept whole, under a digest that means one model or policy for ever."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from protocol.artefact import digest_of
from protocol.errors import ArtefactError, NotKept, PolicyError
from protocol.policy import read_policy
from tests.conftest import ROOT, environment
from tests.policy import POLICY
from worker.model import load_scorer
from worker.shelf import Shelf


@pytest.fixture
def copy(artefact, tmp_path):
    return Path(shutil.copytree(artefact, tmp_path / "model"))


@pytest.fixture
def kept(artefact, tmp_path):
    """A storage folder with the artefact and the policy on its shelf, and their scorer."""
    scorer = load_scorer(artefact, POLICY)
    Shelf(tmp_path / "storage").keep(artefact, scorer)
    return tmp_path / "storage", scorer


def place(storage, scorer):
    return storage / "models" / scorer.manifest.digest.removeprefix("sha256:")


def edit(folder, change):
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_what_served_is_used_again_by_its_two_digests(kept, artefact):
    storage, scorer = kept
    shelf = Shelf(storage)
    found = shelf.scorer(scorer.manifest.digest, POLICY.digest)
    assert (found.manifest, found.policy) == (scorer.manifest, POLICY)
    assert shelf.scorer(scorer.manifest.digest, POLICY.digest) is found
    files = sorted(path.name for path in storage.rglob("*") if path.is_file())
    model = ["calibration.png", "card.md", "figures.json", "manifest.json", "model.joblib"]
    assert files == sorted([*model, f"{POLICY.digest[7:]}.json"])


def test_what_is_not_on_the_shelf_is_named(kept):
    storage, scorer = kept
    with pytest.raises(NotKept, match=f"no model {digest_of(b'')}"):
        Shelf(storage).scorer(digest_of(b""), POLICY.digest)
    with pytest.raises(NotKept, match=f"no policy {digest_of(b'')}"):
        Shelf(storage).scorer(scorer.manifest.digest, digest_of(b""))


def test_a_model_trained_again_to_the_same_bytes_keeps_its_first_manifest(kept, copy):
    storage, scorer = kept
    edit(copy, lambda manifest: manifest.update(version="later"))
    Shelf(storage).keep(copy, load_scorer(copy, POLICY))
    assert Shelf(storage).scorer(scorer.manifest.digest, POLICY.digest).manifest == scorer.manifest


def test_what_a_model_came_without_is_added_and_what_it_came_with_is_left(kept, copy):
    storage, scorer = kept
    figures, card = (place(storage, scorer) / name for name in ("figures.json", "card.md"))
    figures.unlink()
    (copy / "card.md").write_text("another")
    Shelf(storage).keep(copy, scorer)
    assert figures.read_bytes() == (copy / "figures.json").read_bytes()
    assert card.read_text() != "another"


def test_figures_of_another_model_are_left_where_they_are(artefact, copy, tmp_path):
    figures = copy / "figures.json"
    figures.write_text(
        figures.read_text().replace(load_scorer(copy, POLICY).manifest.digest, digest_of(b""))
    )
    Shelf(tmp_path / "other").keep(copy, load_scorer(copy, POLICY))
    assert not list((tmp_path / "other").rglob("figures.json"))
    assert list((tmp_path / "other").rglob("card.md"))


def test_another_scoring_under_the_same_digest_is_refused(kept, copy):
    def change(manifest):
        manifest["references"]["near-cut-off"]["columns"][0] += 1

    storage, _ = kept
    edit(copy, change)
    with pytest.raises(ArtefactError, match="scores otherwise than that in"):
        Shelf(storage).keep(copy, load_scorer(copy, POLICY))


def test_a_damaged_model_is_neither_used_nor_written_over(kept, artefact):
    storage, scorer = kept
    model = place(storage, scorer) / "model.joblib"
    model.write_bytes(model.read_bytes()[:-1])
    with pytest.raises(ArtefactError, match="its digest is"):
        Shelf(storage).scorer(scorer.manifest.digest, POLICY.digest)
    with pytest.raises(ArtefactError, match="its digest is"):
        Shelf(storage).keep(artefact, scorer)


def test_an_altered_policy_is_neither_used_nor_written_over(kept, artefact):
    storage, scorer = kept
    (path,) = (storage / "policies").iterdir()
    path.write_text(path.read_text().replace('"approve_below":0.05', '"approve_below":0.06'))
    assert read_policy(path).digest != POLICY.digest
    with pytest.raises(PolicyError, match="its digest is"):
        Shelf(storage).scorer(scorer.manifest.digest, POLICY.digest)
    with pytest.raises(PolicyError, match="its digest is"):
        Shelf(storage).keep(artefact, scorer)


def test_workers_that_start_at_once_put_one_copy_on_the_shelf(artefact, tmp_path):
    scorer, faults = load_scorer(artefact, POLICY), []
    start = threading.Barrier(8)

    def keep():
        start.wait()
        try:
            Shelf(tmp_path).keep(artefact, scorer)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a fault
            faults.append(error)

    threads = [threading.Thread(target=keep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [path.name for path in (tmp_path / "models").iterdir()] == [scorer.manifest.digest[7:]]
    assert len(list((tmp_path / "policies").iterdir())) == 1
    Shelf(tmp_path).scorer(scorer.manifest.digest, POLICY.digest)


def test_a_worker_that_cannot_keep_what_it_serves_refuses_to_start_in_one_line(artefact, tmp_path):
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "models").touch()  # where a folder has to be
    ended = subprocess.run(
        [sys.executable, "-m", "worker"],
        cwd=ROOT,
        env=environment(
            model_dir=artefact, state_dir=tmp_path, redis_url=f"unix://{tmp_path}/none.sock"
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("loanscore worker: the shelf of models and policies, ")
    assert "LOANSCORE_STORAGE_DIR" in ended.stderr
    assert ended.stderr.count(os.linesep) == 1
