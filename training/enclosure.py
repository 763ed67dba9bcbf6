"""The enclosure: keeps every file that libraries write on their own below the state folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from protocol.errors import LoanscoreError


class StateError(LoanscoreError):
    """The state folder cannot be written."""


def variables(state_dir: Path) -> dict[str, str]:
    """Name the environment variables that keep MLflow and matplotlib quiet and at home.

    Both read them when they are imported, so they must be set before.
    """
    cache = state_dir.resolve() / "cache"
    return {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_LOGGING_LEVEL": "CRITICAL",  # its errors reach us as exceptions
        "GIT_PYTHON_REFRESH": "quiet",  # without git on PATH it would complain
        "MPLCONFIGDIR": str(cache / "matplotlib"),
        "XDG_CACHE_HOME": str(cache),  # fontconfig, which matplotlib asks for fonts
        "XDG_CONFIG_HOME": str(cache),
        "TMPDIR": str(cache / "tmp"),
    }


@contextmanager
def enclosed(state_dir: Path) -> Iterator[None]:
    """Train inside: the variables are set in this process, and no other training runs here.

    Raises:
        StateError: the state folder cannot be written, or another training is at work in it.
    """
    wanted = variables(state_dir)
    try:
        Path(wanted["TMPDIR"]).mkdir(parents=True, exist_ok=True)
        lock = (state_dir / "cache" / "training.lock").open("w")
    except OSError as error:
        raise StateError(
            f"{state_dir}: cannot be written: {error.strerror};"
            " set LOANSCORE_STATE_DIR to a folder of yours"
        ) from error
    with lock:
        # released by the system when this process ends, however it ends
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            text = f"{state_dir}: another training is at work here; train again when it is done"
            raise StateError(text) from error
        os.environ.update(wanted)
        yield
