"""What is kept by digest below the storage folder: each model and policy that ever served.

    models/<64 hex digits>/{model.joblib,manifest.json}     policies/<64 hex digits>.json

Put there by workers (`worker.shelf`) and promotions (`training.promote`), read by them and by the
API. Nothing is ever removed: a decision record names its model and policy for years, and both
together, with the model's card and figures when it has them, are some fifty kilobytes.
"""

import shutil
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from protocol.artefact import MANIFEST_FILE, MODEL_FILE, read_verified
from protocol.card import CARD_FILE, PICTURE_FILE
from protocol.durable import placing, sync, written
from protocol.errors import ArtefactError, NotKept, PolicyError, ShelfError
from protocol.figures import FIGURES_FILE, read_figures
from protocol.policy import Policy, read_policy

#: What a score is made of: it is the same under one digest, or the digest names nothing.
_SCORING = {"fields", "fold", "references", "libraries"}
#: What lies beside a model when the artefact had it.
FOR_PEOPLE = (CARD_FILE, PICTURE_FILE, FIGURES_FILE)


class Kept:
    """The models and policies kept below a storage folder. Safe for any number of processes.

    Args:
        storage: `Settings.storage_folder`.
    """

    def __init__(self, storage: Path) -> None:
        self._models = storage / "models"
        self._policies = storage / "policies"

    def keep_model(self, artefact: Path, digest: str) -> None:
        """Put a model on the shelf, unless it is there.

        A model trained again to the same bytes keeps the manifest it came with first, and gets the
        card and the figures that it came without.

        Args:
            artefact: its folder.
            digest: which model it has to be.
        Raises:
            ArtefactError: the artefact is not that model, or scores otherwise than the one that is
                kept under its digest, or the kept one is damaged.
            ShelfError: the shelf cannot be written.
        """
        try:
            self._keep_model(artefact, digest)
        except OSError as error:
            raise _unwritable(error) from error

    def keep_policy(self, policy: Policy) -> None:
        """Put a policy on the shelf, unless it is there.

        Raises:
            PolicyError: the one that is kept under its digest is damaged.
            ShelfError: the shelf cannot be written.
        """
        path = self._policy(policy.digest)
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                with placing(path) as beside:
                    beside.write_text(policy.model_dump_json(exclude_none=True))
        except FileExistsError:
            if not path.exists():
                raise ShelfError(f"{path.parent}: is no folder; move it away") from None
        except OSError as error:
            raise _unwritable(error) from error
        self.policy(policy.digest)

    def policy(self, digest: str) -> Policy:
        """Read a policy.

        Args:
            digest: "sha256:" and 64 hex digits.
        Raises:
            NotKept: it is not on the shelf.
            PolicyError: it is damaged.
        """
        path = self._policy(digest)
        if not path.exists():
            raise NotKept("policy", digest, path)
        policy = read_policy(path)
        if policy.digest != digest:
            raise PolicyError(f"{path}: its digest is {policy.digest}; put it back as it was")
        return policy

    def model(self, digest: str) -> Path:
        """Give the artefact folder of a model, which is not verified yet.

        Args:
            digest: "sha256:" and 64 hex digits.
        Raises:
            NotKept: it is not on the shelf.
        """
        folder = self._model(digest)
        if not folder.is_dir():
            raise NotKept("model", digest, folder)
        return folder

    def _keep_model(self, artefact: Path, digest: str) -> None:
        manifest, data = read_verified(artefact, digest)
        place = self._model(digest)
        if not place.exists():
            files = {MODEL_FILE: data, MANIFEST_FILE: manifest.model_dump_json().encode()}
            _place(place, _for_people(artefact, digest) | files)
        kept, _ = read_verified(place, digest)
        if kept.model_dump(include=_SCORING) != manifest.model_dump(include=_SCORING):
            raise ArtefactError(
                f"{artefact}: its manifest scores otherwise than that in {place}, under the same"
                " digest; serve that one, or move it away and with it what its decisions can be"
                " repeated by"
            )
        for name, content in _for_people(artefact, digest).items():
            if not (place / name).exists():
                with suppress(FileExistsError), placing(place / name) as beside:
                    beside.write_bytes(content)

    def _model(self, digest: str) -> Path:
        return self._models / digest.removeprefix("sha256:")

    def _policy(self, digest: str) -> Path:
        return self._policies / f"{digest.removeprefix('sha256:')}.json"


def _unwritable(error: OSError) -> ShelfError:
    return ShelfError(
        f"the shelf of models and policies, {error.filename}: {error.strerror}; let it be written:"
        " it lies in the storage folder (LOANSCORE_STORAGE_DIR)"
    )


def _for_people(artefact: Path, digest: str) -> dict[str, bytes]:
    paths = [artefact / name for name in FOR_PEOPLE]
    found = {path.name: path.read_bytes() for path in paths if path.exists()}
    try:
        read_figures(artefact, digest)
    except ArtefactError:  # of another model that lay there before
        del found[FIGURES_FILE]
    return found


def _place(place: Path, files: dict[str, bytes]) -> None:
    """Write a folder that is there whole or not at all; who is second leaves the first's.

    Raises:
        OSError: it could not be written; nothing is left behind.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{uuid4().hex}")
    try:
        beside.mkdir()
        for name, content in files.items():
            with written(beside / name) as file:
                file.write(content)
        beside.rename(place)
        sync(place.parent)
    except OSError:
        if not place.exists():
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
