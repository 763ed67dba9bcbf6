"""What is asked, and the pd each application must be answered: computed here, by no service."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import joblib
import numpy as np
import numpy.typing as npt

from chaos.journal import Submission
from protocol.application import Application
from protocol.artefact import read_verified


class Oracle:
    """The fitted pipeline of the artefact, read once.

    Args:
        artefact: the model's folder.
    """

    def __init__(self, artefact: Path) -> None:
        _, data = read_verified(artefact)
        self._pipeline = joblib.load(io.BytesIO(data))

    def pds(self, applications: Sequence[Application] | npt.NDArray[np.float64]) -> list[float]:
        """The pd of each application, by `predict_proba`; an array has the shape (rows, 6)."""
        if not len(applications):
            return []
        rows = np.array(applications, dtype=float)
        pds: list[float] = self._pipeline.predict_proba(rows)[:, 1].tolist()
        return pds

    def expected(self, submissions: Mapping[str, Submission]) -> dict[str, list[float]]:
        """Key -> the pd of each of its applications, all in one call of the pipeline."""
        flat = iter(self.pds([one for sent in submissions.values() for one in sent.applications]))
        return {key: [next(flat) for _ in sent.applications] for key, sent in submissions.items()}


def invent(dice: Random) -> Application:
    """Draw one applicant; all of them differ, so an answer mixed up with a neighbour's shows."""
    income = round(dice.uniform(20_000, 150_000), 2)
    return Application(
        dice.randrange(0, 6),
        round(income * dice.uniform(0.01, 0.1), 2),
        round(income * dice.uniform(0.01, 0.4), 2),
        income,
        dice.randrange(0, 11),
        dice.randrange(300, 851),
    )
