"""The model that is measured with."""

import io
import os
import sys
from pathlib import Path
from typing import Any

import joblib

from local import processes, state
from protocol.artefact import read_verified
from protocol.errors import LoanscoreError
from protocol.settings import Settings


class NoModelError(LoanscoreError):
    """There is no model to measure with."""


def trained(settings: Settings) -> Path:
    """Give the folder of the model, which is trained first when there is none.

    Raises:
        NoModelError: the training failed.
    """
    if (
        state.must_train(settings, None)
        and processes.run_to_end([sys.executable, "-m", "training", "--quick"], os.environ) != 0
    ):
        raise NoModelError("no model was trained, see above; nothing was started")
    return settings.artefact_folder.resolve()


def pipeline(artefact: Path) -> Any:
    """Load the fitted pipeline, whose `predict_proba` is the truth."""
    _, data = read_verified(artefact)
    return joblib.load(io.BytesIO(data))
