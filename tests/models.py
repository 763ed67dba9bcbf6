"""Other models than the one that serves."""

import io
import json
import shutil

import joblib

from protocol.artefact import digest_of
from tests.model.conftest import export
from training import generator


def another(folder):
    """Train one on other loans; gives its artefact folder."""
    generator.write(folder / "loans.csv", generator.look_alike(seed=7))
    return export(folder / "loans.csv", folder / "model").folder


def twin(artefact, folder):
    """Write the same model in other bytes, under a digest of its own; gives its artefact folder."""
    shutil.copytree(artefact, folder)
    written = io.BytesIO()
    joblib.dump(joblib.load(folder / "model.joblib"), written, compress=9)
    (folder / "model.joblib").write_bytes(written.getvalue())
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["digest"] = digest_of(written.getvalue())
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder
