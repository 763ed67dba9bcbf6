"""Load a model artefact, or refuse it in one line."""

import io
import platform
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.exceptions import InconsistentVersionWarning

from protocol.artefact import Manifest, read_verified
from protocol.errors import ArtefactError
from protocol.policy import Policy
from worker.scorer import Rows, Scorer

#: Largest difference allowed between two ways to compute one pd.
TOLERANCE = 1e-12
#: Applicants drawn over the whole trained range to compare fold and pipeline.
PROBES = 1_000


def load_scorer(folder: Path, policy: Policy, pinned_digest: str | None = None) -> Scorer:
    """Verify an artefact, unpickle it, and prove that its fold gives the pipeline's own pd.

    The order matters: bytes and library versions are checked before anything is unpickled.

    Args:
        folder: the artefact.
        policy: what is made of a pd.
        pinned_digest: see `read_verified`.
    Raises:
        ArtefactError: it must not be served; the text says why and what to do.
    """
    manifest, data = read_verified(folder, pinned_digest)
    _check_libraries(manifest)
    pipeline = _unpickle(data)
    scorer = Scorer(manifest, policy)
    _check_golden_rows(manifest, pipeline, scorer)
    _check_probes(manifest, pipeline, scorer)
    return scorer


def _check_libraries(manifest: Manifest) -> None:
    for package, trained_with in manifest.libraries.items():
        here = _version_here(package)
        if here != trained_with:
            raise ArtefactError(
                f"the model was trained with {package} {trained_with} but here is {here};"
                " install requirements.txt of the same release or train again"
            )


def _version_here(package: str) -> str:
    if package == "python":
        return ".".join(platform.python_version_tuple()[:2])
    return version(package)


def _unpickle(data: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error", InconsistentVersionWarning)
        return joblib.load(io.BytesIO(data))


def _pipeline_pd(pipeline: Any, rows: Rows) -> Rows:
    return np.asarray(pipeline.predict_proba(rows)[:, 1], dtype=np.float64)


def _check_golden_rows(manifest: Manifest, pipeline: Any, scorer: Scorer) -> None:
    rows = np.array([golden.row for golden in manifest.golden])
    expected = np.array([golden.pd for golden in manifest.golden])
    ways = {
        "pipeline": _pipeline_pd(pipeline, rows),
        "fold": scorer.probability(scorer.logit(rows)),
    }
    for way, found in ways.items():
        off = np.abs(found - expected)
        if not bool(np.all(off <= TOLERANCE)):
            worst = int(np.argmax(off))
            raise ArtefactError(
                f"golden row {worst}: the {way} gives pd {found[worst]:.15g}, the manifest says"
                f" {expected[worst]:.15g}; the artefact is not whole, export the model again"
            )


def _check_probes(manifest: Manifest, pipeline: Any, scorer: Scorer) -> None:
    low, high = (
        np.array([getattr(field, end) for field in manifest.fields])
        for end in ("trained_low", "trained_high")
    )
    rows = np.random.default_rng(0).uniform(low, high, size=(PROBES, len(low)))
    off = np.abs(_pipeline_pd(pipeline, rows) - scorer.probability(scorer.logit(rows)))
    if not float(off.max()) <= TOLERANCE:
        raise ArtefactError(
            f"the manifest's coefficients are not the pipeline's: pd differs by {off.max():.3g};"
            " export the model again"
        )
