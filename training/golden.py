"""Golden rows: invented applicants with the pd the fitted pipeline gives, checked at every start.

A worker that does not reproduce them refuses to serve, whatever library or processor is to blame.
"""

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline

from protocol.application import FIELDS, Application
from protocol.artefact import GoldenRow
from training.generator import look_alike

#: Seed of the invented applicants; not that of the look-alike data a model may be trained on.
GOLDEN_SEED = 2026
#: Applicants drawn, and how many of them are kept.
DRAWN, KEPT = 20_000, 12

#: What goes wrong at the edges: no income, every field at either end, all good, all bad.
EDGES: tuple[tuple[float, ...], ...] = (
    Application(0, 5_000.0, 0.0, 0.0, 5, 700),
    tuple(field.low for field in FIELDS),
    tuple(field.high for field in FIELDS),
    Application(0, 1_000.0, 500.0, 150_000.0, 30, 850),
    Application(5, 50_000.0, 150_000.0, 20_000.0, 0, 300),
)


def golden_rows(pipeline: Pipeline) -> list[GoldenRow]:
    """Choose invented applicants from sure to doubtful, add the edges, and score them all."""
    rows = np.vstack([_drawn(pipeline), np.array(EDGES, dtype=np.float64)])
    pds = pipeline.predict_proba(rows)[:, 1]
    return [GoldenRow(row=row.tolist(), pd=float(pd)) for row, pd in zip(rows, pds, strict=True)]


def _drawn(pipeline: Pipeline) -> npt.NDArray[np.float64]:
    """Keep the half nearest a pd of 0.5, where an error shows most, and some of the others."""
    loans = look_alike(DRAWN, GOLDEN_SEED)
    rows = loans[[field.name for field in FIELDS]].to_numpy(np.float64)
    doubtful_first = np.argsort(np.abs(pipeline.predict_proba(rows)[:, 1] - 0.5), kind="stable")
    half = KEPT // 2
    some = np.linspace(half, DRAWN - 1, KEPT - half).astype(int)
    return rows[doubtful_first[[*range(half), *some]]]
