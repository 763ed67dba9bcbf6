"""The pickled pipeline of an artefact: loaded to be compared with its fold, never to serve.

Imported by `worker.model` only when the pipeline is to be trusted: a worker that serves from
the coefficients alone has nothing in memory that could unpickle.
"""

import io
import warnings
from typing import Any

import joblib
import numpy as np
from sklearn.exceptions import InconsistentVersionWarning

from protocol.artefact import MODEL_FILE
from protocol.errors import ArtefactError
from worker.scorer import Rows


class FittedPipeline:
    """What model.joblib holds.

    Args:
        data: the file, whose digest was found to be the manifest's: loading it runs what it says.
    Raises:
        ArtefactError: it cannot be loaded.
    """

    def __init__(self, data: bytes) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", InconsistentVersionWarning)
                self.model: Any = joblib.load(io.BytesIO(data))
        except Exception as error:  # a pickle raises whatever it likes
            raise _unusable(error) from error

    def probability(self, rows: Rows) -> Rows:
        """Give its own pd, shape (n,), of rows of shape (n, fields) as in `Application`.

        Raises:
            ArtefactError: it is no classifier of such rows.
        """
        try:
            return np.asarray(self.model.predict_proba(rows)[:, 1], dtype=np.float64)
        except Exception as error:  # a pickle raises whatever it likes
            raise _unusable(error) from error


def _unusable(error: Exception) -> ArtefactError:
    return ArtefactError(
        f"{MODEL_FILE}: holds no pipeline that can be used here ({type(error).__name__}: {error});"
        " export the model again"
    )
