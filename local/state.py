"""What `make run` keeps between two starts: the model, and a lock while it runs."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from protocol.artefact import MANIFEST_FILE, read_manifest
from protocol.errors import LoanscoreError
from protocol.settings import Settings


class InUseError(LoanscoreError):
    """Another `make run` uses the same state folder."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for this process alone.

    Raises:
        InUseError: somebody else holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "run.lock"
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUseError(
                f"{folder} is in use by another `make run`; stop that one, or set"
                " LOANSCORE_STATE_DIR to another folder"
            ) from None
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def must_train(settings: Settings, data_sha256: str | None) -> bool:
    """Tell whether a model must be trained first.

    Args:
        settings: name the artefact folder.
        data_sha256: of the file the user wants a model of; None when any model will do.
    Raises:
        ArtefactError: there is a model, but of a format this release cannot read.
    """
    if not (settings.artefact_folder / MANIFEST_FILE).exists():
        return True
    return data_sha256 not in (None, read_manifest(settings.artefact_folder).training.data_sha256)
