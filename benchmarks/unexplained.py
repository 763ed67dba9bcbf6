"""Our worker, but without reasons: what they cost is what it saves.

`python -m benchmarks.unexplained` in the place of `python -m worker`. Answers have an empty list of
reasons and nothing is computed for them; all else is the worker's own code.
"""

import sys

import numpy as np
import polars as pl

from worker import __main__ as worker
from worker import scorecard
from worker.bulk import verdicts
from worker.bulk.categories import words
from worker.scorer import Explained, Rows, Scorer


def _only_logits(scorer: Scorer, rows: Rows) -> Explained:
    nothing = np.broadcast_to(np.zeros(1), rows.shape)
    return Explained(scorer.logit(rows), nothing, nothing)


def _no_texts(values: Rows, *_: object) -> pl.Series:
    return words(("",))[pl.zeros(len(values), pl.UInt32, eager=True)]


if __name__ == "__main__":
    Scorer.explained = _only_logits  # type: ignore[method-assign]
    scorecard.reasons = lambda *_: []
    verdicts.reasons = _no_texts
    verdicts._explained = lambda values, scorer: (scorer.logit(values), values)
    sys.exit(worker.main(sys.argv[1:]))
