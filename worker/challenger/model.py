"""A challenger, verified and loaded: whatever it is, it gives a pd and nothing else."""

from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from protocol.application import FIELDS
from protocol.challenger import Challenger, read_challenger
from protocol.errors import ArtefactError
from worker.model import check_golden_rows, check_libraries
from worker.pipeline import FittedPipeline
from worker.scorer import Rows


class Model:
    """The challenger of a folder.

    As of a champion, bytes and library versions are compared before anything is unpickled, and the
    golden rows must come out as they did where it was trained.

    Args:
        folder: see `protocol.challenger`.
    Raises:
        ArtefactError: it must not be used; the text says why and what to do.
    """

    def __init__(self, folder: Path) -> None:
        self.about: Challenger
        self.about, data = read_challenger(folder)
        names = [field.name for field in FIELDS]
        if self.about.fields != names:
            raise ArtefactError(
                f"challenger {self.about.name}: takes {', '.join(self.about.fields)} but here an"
                f" application has {', '.join(names)}; train it again"
            )
        check_libraries(self.about)
        self._pipeline = FittedPipeline(data)
        _take_one_thread(self._pipeline.model)
        check_golden_rows(self.about, "challenger", self._asked)

    def probability(self, rows: Rows) -> Rows:
        """Give its pd, shape (n,), of rows as in `Application`; NaN where it gives none in [0, 1].

        Rows it fails on are found by halving: they cost the others nothing.
        """
        try:
            found = self._asked(rows)
        except ArtefactError:
            if len(rows) == 1:
                return np.full(1, np.nan)
            half = len(rows) // 2
            parts = [self.probability(rows[:half]), self.probability(rows[half:])]
            return np.concatenate(parts)
        return np.where((found >= 0) & (found <= 1), found, np.nan)

    def _asked(self, rows: Rows) -> Rows:
        with threadpool_limits(limits=1):
            return self._pipeline.probability(rows)


def _take_one_thread(model: Any) -> None:
    """Let it have one core, as all else of a worker, however many it was trained on."""
    if not hasattr(model, "get_params"):
        return
    threads = [name for name in model.get_params() if name.rpartition("__")[2] == "n_jobs"]
    model.set_params(**dict.fromkeys(threads, 1))
