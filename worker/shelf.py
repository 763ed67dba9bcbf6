"""The shelf: each model and policy that ever served, by digest, so that it can decide again.

    models/<64 hex digits>/{model.joblib,manifest.json}     policies/<64 hex digits>.json

Workers put on it what they serve before they serve it; campaigns are pinned to it. Nothing is ever
removed: a decision record names its model and policy for years, and both together are some ten
kilobytes.
"""

import shutil
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from protocol.artefact import MANIFEST_FILE, MODEL_FILE, Manifest, read_verified
from protocol.durable import placing, sync, written
from protocol.errors import ArtefactError, NotKept, PolicyError, ShelfError
from protocol.policy import Policy, read_policy
from protocol.settings import ModelTrust
from protocol.under import Under
from worker.model import load_scorer
from worker.scorer import Scorer

#: Scorers held in memory; most questions are about few models.
HELD = 16
#: What a score is made of: it is the same under one digest, or the digest names nothing.
_SCORING = {"fields", "fold", "references", "libraries"}


class Shelf:
    """The models and policies kept below a storage folder. Safe for any number of processes.

    Args:
        storage: `Settings.storage_folder`.
        trust: what of a model is believed, see `worker.model.load_scorer`.
    """

    def __init__(self, storage: Path, trust: ModelTrust = "pipeline") -> None:
        self._trust = trust
        self._models = storage / "models"
        self._policies = storage / "policies"
        #: `load`, the last `HELD` pairs in memory
        self.scorer = lru_cache(HELD)(self.load)

    def keep(self, artefact: Path, scorer: Scorer) -> None:
        """Put on the shelf what a worker is about to serve, unless it is there.

        A model trained again to the same bytes keeps the manifest it came with first.

        Args:
            artefact: the folder `scorer` was loaded from.
            scorer: of it.
        Raises:
            ArtefactError: the artefact is no longer that one, or scores otherwise than the one
                that is kept under its digest, or the kept one is damaged.
            PolicyError: the policy that is kept under its digest is damaged.
            ShelfError: the shelf cannot be written.
        """
        try:
            self._keep_model(artefact, scorer.manifest.digest)
            self.keep_policy(scorer.policy)
        except OSError as error:
            raise ShelfError(
                f"the shelf of models and policies, {error.filename}: {error.strerror}; let workers"
                " write the storage folder (LOANSCORE_STORAGE_DIR)"
            ) from error

    def keep_policy(self, policy: Policy) -> None:
        """Put a policy on the shelf, unless it is there.

        Raises:
            PolicyError: the one that is kept under its digest is damaged.
            OSError: it could not be written.
        """
        path = self._policy(policy.digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with placing(path) as beside:
                    beside.write_text(policy.model_dump_json(exclude_none=True))
            except FileExistsError:
                pass  # another worker was first
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

    def under(self, under: Under, model: str, policy: str) -> Scorer:
        """Give the scorer that decides as a caller asks.

        Args:
            under: what is asked.
            model: digest of the one that is used when it names none.
            policy: likewise; other cut-offs may stand in place of its own.
        Raises:
            NotKept, ArtefactError, PolicyError: as `scorer`.
        """
        found = self.scorer(under.model or model, under.policy or policy)
        if under.cut_offs is None:
            return found
        return Scorer(found.manifest, found.policy.with_cut_offs(under.cut_offs))

    def load(self, model: str, policy: str) -> Scorer:
        """Load a model and a policy, and prove both anew.

        Args:
            model: its digest, "sha256:" and 64 hex digits.
            policy: likewise.
        Raises:
            NotKept: one of them is not on the shelf.
            ArtefactError, PolicyError: one cannot be used; the text says why.
        """
        folder = self._model(model)
        if not folder.is_dir():
            raise NotKept("model", model, folder)
        return load_scorer(folder, self.policy(policy), model, self._trust)

    def _keep_model(self, artefact: Path, digest: str) -> None:
        manifest, data = read_verified(artefact, digest)
        place = self._model(digest)
        if not place.exists():
            _place(place, manifest, data)
        kept, _ = read_verified(place, digest)
        if kept.model_dump(include=_SCORING) != manifest.model_dump(include=_SCORING):
            raise ArtefactError(
                f"{artefact}: its manifest scores otherwise than that in {place}, under the same"
                " digest; serve that one, or move it away and with it what its decisions can be"
                " repeated by"
            )

    def _model(self, digest: str) -> Path:
        return self._models / digest.removeprefix("sha256:")

    def _policy(self, digest: str) -> Path:
        return self._policies / f"{digest.removeprefix('sha256:')}.json"


def _place(place: Path, manifest: Manifest, data: bytes) -> None:
    """Write an artefact folder that is there whole or not at all; who is second leaves the first's.

    Raises:
        OSError: it could not be written; nothing is left behind.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{uuid4().hex}")
    try:
        beside.mkdir()
        with written(beside / MODEL_FILE) as file:
            file.write(data)
        with written(beside / MANIFEST_FILE) as file:
            file.write(manifest.model_dump_json().encode())
        beside.rename(place)
        sync(place.parent)
    except OSError:
        if not place.exists():
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
