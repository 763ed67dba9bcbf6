"""The export: one folder that a worker verifies, loads and serves; see `protocol.artefact`."""

import io
from pathlib import Path
from typing import Any, NamedTuple

from joblib.numpy_pickle import NumpyPickler
from sklearn.pipeline import Pipeline

from protocol.artefact import MANIFEST_FILE, MODEL_FILE, Manifest, digest_of, read_verified
from protocol.card import CARD_FILE, PAGE_FILE, PICTURE_FILE, page
from protocol.figures import FIGURES_FILE, Figures
from training import swap
from training.data import TrainingData
from training.manifest import Facts, manifest_of
from training.split import Sample

#: What may lie in the folder.
FILES = frozenset({MODEL_FILE, MANIFEST_FILE, FIGURES_FILE, CARD_FILE, PAGE_FILE, PICTURE_FILE})


class Artefact(NamedTuple):
    """The files of the folder."""

    manifest: Manifest
    #: model.joblib
    model: bytes
    #: the model card as Markdown, and its picture as PNG; no worker reads them
    card: str = ""
    picture: bytes = b""
    #: what was measured; no worker reads it
    figures: Figures | None = None


def made(pipeline: Pipeline, data: TrainingData, learn: Sample, facts: Facts) -> Artefact:
    """Make the artefact of a fitted logistic pipeline; see `training.manifest`."""
    model = model_bytes(pipeline)
    return Artefact(manifest_of(pipeline, digest_of(model), data, learn, facts), model)


def model_bytes(pipeline: Pipeline) -> bytes:
    """Give model.joblib: the same bytes for the same data, seed, libraries and machine."""
    buffer = io.BytesIO()
    _Pickler(buffer).dump(pipeline)
    return buffer.getvalue()


class _Pickler(NumpyPickler):  # type: ignore[misc] # joblib has no types
    """Writes what `joblib.dump` does, and each text in full.

    A pickle refers back to a text that it has written when it is the same object; whether two
    equal ones are depends on what the process did before, and so would the digest.
    """

    def memoize(self, obj: Any) -> None:
        """Remember what was written, unless it is a text."""
        if not isinstance(obj, str):
            super().memoize(obj)


def check_replaceable(folder: Path) -> None:
    """Refuse a folder that holds anything else: all of it is deleted when the model is replaced.

    Raises:
        ArtefactError: it is not a folder, or other things than an artefact lie in it.
    """
    swap.check_replaceable(folder, FILES, "LOANSCORE_MODEL_DIR")


def write(folder: Path, artefact: Artefact) -> None:
    """Put a complete artefact in place of the one that stood there.

    Raises:
        ArtefactError: what was written does not verify; the folder is left as it was.
        OSError: the disk is full or the folder cannot be written; likewise.
    """
    check_replaceable(folder)
    files = {
        MODEL_FILE: artefact.model,
        MANIFEST_FILE: artefact.manifest.model_dump_json(indent=1).encode(),
    }
    if artefact.figures:
        files[FIGURES_FILE] = artefact.figures.model_dump_json(indent=1).encode()
    if artefact.card:
        files |= {
            CARD_FILE: artefact.card.encode(),
            PAGE_FILE: page(artefact.card, artefact.picture).encode(),
            PICTURE_FILE: artefact.picture,
        }
    swap.replace_folder(folder, files, read_verified)
