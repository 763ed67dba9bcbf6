"""The export: one folder that a worker verifies, loads and serves; see `protocol.artefact`."""

import io
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

import joblib
from sklearn.pipeline import Pipeline

from protocol.artefact import MANIFEST_FILE, MODEL_FILE, Manifest, digest_of, read_verified
from protocol.errors import ArtefactError
from training.data import TrainingData
from training.manifest import Facts, manifest_of
from training.split import Sample
from training.swap import put_in_place, write_through


class Artefact(NamedTuple):
    """The two files of the folder."""

    manifest: Manifest
    #: model.joblib
    model: bytes


def made(pipeline: Pipeline, data: TrainingData, learn: Sample, facts: Facts) -> Artefact:
    """Make the artefact of a fitted logistic pipeline; see `training.manifest`."""
    model = model_bytes(pipeline)
    return Artefact(manifest_of(pipeline, digest_of(model), data, learn, facts), model)


def model_bytes(pipeline: Pipeline) -> bytes:
    """Give model.joblib: the same bytes for the same data, seed, libraries and machine."""
    buffer = io.BytesIO()
    joblib.dump(pipeline, buffer)
    return buffer.getvalue()


def check_replaceable(folder: Path) -> None:
    """Refuse a folder that holds anything else: all of it is deleted when the model is replaced.

    Raises:
        ArtefactError: it is not a folder, or other things than an artefact lie in it.
    """
    if folder.exists() and not folder.is_dir():
        raise ArtefactError(f"{folder}: is a file; name a folder in LOANSCORE_MODEL_DIR")
    others = {path.name for path in folder.glob("*")} - {MODEL_FILE, MANIFEST_FILE}
    if others:
        raise ArtefactError(
            f"{folder}: holds {min(others)!r}, which a new model would delete;"
            " name a folder of its own in LOANSCORE_MODEL_DIR"
        )


def write(folder: Path, artefact: Artefact) -> None:
    """Put a complete artefact in place of the one that stood there.

    Raises:
        ArtefactError: what was written does not verify; the folder is left as it was.
        OSError: the disk is full or the folder cannot be written; likewise.
    """
    folder = folder.resolve()
    check_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        new.chmod(0o755)  # mkdtemp shuts others out; a worker may run as another user
        write_through(new / MODEL_FILE, artefact.model)
        write_through(new / MANIFEST_FILE, artefact.manifest.model_dump_json(indent=1).encode())
        read_verified(new)
        put_in_place(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
