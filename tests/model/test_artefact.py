"""The folder that training hands over: complete or absent, and true of the model inside."""

import json
import platform
from pathlib import Path

import joblib
import numpy as np
import pytest

from protocol.application import FIELDS
from protocol.artefact import Manifest, read_manifest, read_verified
from protocol.errors import ArtefactError
from training import artefact


def rewritten(folder: Path, exported, **changes: str) -> bytes:
    manifest = exported.manifest.model_copy(update=changes)
    model = (exported.folder / "model.joblib").read_bytes()
    artefact.write(folder, artefact.Artefact(manifest, model))
    return model


def test_a_write_that_fails_leaves_the_old_artefact_and_nothing_else(
    exported, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    model = rewritten(folder, exported)
    with pytest.raises(ArtefactError, match="digest"):
        artefact.write(folder, artefact.Artefact(exported.manifest, model[:-1]))
    assert read_verified(folder)[1] == model
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_that_holds_anything_else_is_never_replaced(exported, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "home.txt").write_text("dear all")
    with pytest.raises(ArtefactError, match=r"home\.txt"):
        rewritten(tmp_path / "letters", exported)
    assert (tmp_path / "letters" / "home.txt").read_text() == "dear all"


def test_a_file_in_the_place_of_the_folder_is_refused(exported, tmp_path: Path) -> None:
    (tmp_path / "model").touch()
    with pytest.raises(ArtefactError, match="name a folder"):
        rewritten(tmp_path / "model", exported)


def test_an_old_artefact_is_replaced_as_a_whole(exported, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "model"
    rewritten(folder, exported)
    rewritten(folder, exported, version="2099.01.01-000000")
    assert read_manifest(folder).version == "2099.01.01-000000"
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "model.joblib"}
    assert folder.stat().st_mode & 0o005 == 0o005


def test_golden_rows_are_reproduced_by_the_loaded_model(exported) -> None:
    rows = np.array([golden.row for golden in exported.manifest.golden])
    pds = np.array([golden.pd for golden in exported.manifest.golden])
    assert np.abs(exported.pipeline.predict_proba(rows)[:, 1] - pds).max() <= 1e-12


def test_golden_rows_are_doubtful_enough_to_show_a_wrong_model(exported) -> None:
    pds = [golden.pd for golden in exported.manifest.golden]
    assert sum(0.01 < pd < 0.99 for pd in pds) >= 5
    assert min(pds) < 1e-6
    assert max(pds) > 0.999


def test_golden_rows_are_invented(exported) -> None:
    golden = {tuple(known.row) for known in exported.manifest.golden}
    assert not golden & set(map(tuple, exported.data.rows))


def test_the_fields_say_what_is_accepted_and_what_was_seen(exported) -> None:
    for field, trained, column in zip(
        FIELDS, exported.manifest.fields, exported.parts.learn.rows.T, strict=True
    ):
        assert (trained.name, trained.low, trained.high) == (field.name, field.low, field.high)
        assert (trained.trained_low, trained.trained_high) == (column.min(), column.max())


def test_it_knows_both_populations_that_reasons_may_compare_with(exported) -> None:
    known = exported.manifest.references
    learn = exported.parts.learn.rows
    assert set(known) == {"all-applicants", "near-cut-off"}
    assert known["all-applicants"].applicants == len(learn)
    assert np.allclose(known["all-applicants"].fields, learn.mean(axis=0), rtol=1e-12)
    near = known["near-cut-off"]
    assert near.applicants == 200
    assert near.digest != known["all-applicants"].digest


def test_it_names_the_libraries_it_was_made_with(exported) -> None:
    libraries = dict(exported.manifest.libraries)
    assert platform.python_version().startswith(libraries.pop("python") + ".")
    assert libraries == {
        "scikit-learn": __import__("sklearn").__version__,
        "numpy": np.__version__,
        "scipy": __import__("scipy").__version__,
        "joblib": joblib.__version__,
    }


def test_it_is_dated_in_utc_and_its_version_sorts_by_that_date(exported) -> None:
    manifest = exported.manifest
    digits = "".join(filter(str.isdigit, manifest.created_at))
    assert manifest.created_at.endswith("Z")
    assert "".join(filter(str.isdigit, manifest.version)) == digits


def test_the_manifest_survives_json_to_the_last_digit(exported) -> None:
    text = (exported.folder / "manifest.json").read_text()
    assert Manifest.model_validate(json.loads(text)) == exported.manifest


def test_a_second_training_elsewhere_gives_the_same_bytes(real, artefact: Path) -> None:
    """`artefact` was trained on the same file by another process."""
    again = (artefact / "model.joblib").read_bytes()
    assert again == (real.folder / "model.joblib").read_bytes()
