"""Load a model artefact, or refuse it in one line."""

import hmac
import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from protocol.artefact import Manifest, read_verified
from protocol.challenger import Challenger
from protocol.errors import ArtefactError, OtherLibraries
from protocol.policy import Policy
from protocol.settings import ModelTrust, Settings
from worker.scorer import Rows, Scorer

#: Largest difference allowed between two ways to compute one pd.
TOLERANCE = 1e-12
#: Applicants drawn over the whole trained range to compare fold and pipeline.
PROBES = 1_000


def served_scorer(settings: Settings, policy: Policy) -> Scorer:
    """Load the model that the settings name, believing of it what they say.

    Raises:
        ArtefactError: as `load_scorer`, or the manifest is not the pinned one.
    """
    folder = settings.artefact_folder
    scorer = load_scorer(folder, policy, settings.model_digest, settings.model_trust)
    check_pinned(scorer.manifest, settings)
    return scorer


def check_pinned(manifest: Manifest, settings: Settings) -> None:
    """Make sure that a model is the one the settings pin, when they do.

    Raises:
        ArtefactError: it is another.
    """
    for of, found, setting, pinned in (
        ("the model", manifest.digest, "MODEL_DIGEST", settings.model_digest),
        ("its manifest", manifest.content_digest, "MANIFEST_DIGEST", settings.manifest_digest),
    ):
        if pinned is not None and not hmac.compare_digest(pinned, found):
            raise ArtefactError(
                f"{manifest.name} {manifest.version}: the digest of {of}, {found}, is not the"
                f" pinned LOANSCORE_{setting} {pinned}; deploy that model or change the setting"
            )


def load_scorer(
    folder: Path,
    policy: Policy,
    pinned_digest: str | None = None,
    trust: ModelTrust = "pipeline",
) -> Scorer:
    """Verify an artefact, and prove that its coefficients give the pd it was exported with.

    The order matters: bytes and library versions are checked before anything is unpickled, and
    when the coefficients alone are trusted nothing is.

    Args:
        folder: the artefact.
        policy: what is made of a pd.
        pinned_digest: see `read_verified`.
        trust: `pipeline` loads model.joblib and proves that the coefficients are the pipeline's.
    Raises:
        ArtefactError: it must not be served; the text says why and what to do.
    """
    manifest, data = read_verified(folder, pinned_digest)
    scorer = Scorer(manifest, policy)
    check_golden_rows(manifest, "fold", lambda rows: scorer.probability(scorer.logit(rows)))
    if trust == "pipeline":
        check_libraries(manifest)
        _check_pipeline(data, scorer)
    return scorer


def check_libraries(manifest: Manifest | Challenger) -> None:
    """Make sure that a model was trained with the library versions there are here.

    Raises:
        OtherLibraries: it was not.
    """
    for package, trained_with in manifest.libraries.items():
        here = _version_here(package)
        if here != trained_with:
            raise OtherLibraries(
                f"the model was trained with {package} {trained_with} but here is {here};"
                " install requirements.txt of the same release or train again"
            )


def _version_here(package: str) -> str:
    if package == "python":
        return ".".join(platform.python_version_tuple()[:2])
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _check_pipeline(data: bytes, scorer: Scorer) -> None:
    # Imported late: a worker that trusts the coefficients alone has no unpickler in memory.
    from worker.pipeline import FittedPipeline  # noqa: PLC0415

    pipeline = FittedPipeline(data)
    check_golden_rows(scorer.manifest, "pipeline", pipeline.probability)
    _check_probes(pipeline.probability, scorer)


def check_golden_rows(
    manifest: Manifest | Challenger, way: str, probability: Callable[[Rows], Rows]
) -> None:
    """Make sure that the golden rows come out with their pds, to `TOLERANCE`.

    Args:
        manifest: has them.
        way: how they are computed, for people.
        probability: computes them.
    Raises:
        ArtefactError: one comes out otherwise.
    """
    rows = np.array([golden.row for golden in manifest.golden])
    expected = np.array([golden.pd for golden in manifest.golden])
    found = probability(rows)
    off = np.abs(found - expected)
    if not bool(np.all(off <= TOLERANCE)):
        worst = int(np.argmax(off))
        raise ArtefactError(
            f"golden row {worst}: the {way} gives pd {found[worst]:.15g}, the manifest says"
            f" {expected[worst]:.15g}; the artefact is not whole, export the model again"
        )


def _check_probes(probability: Callable[[Rows], Rows], scorer: Scorer) -> None:
    low, high = (
        np.array([getattr(field, end) for field in scorer.manifest.fields])
        for end in ("trained_low", "trained_high")
    )
    rows = np.random.default_rng(0).uniform(low, high, size=(PROBES, len(low)))
    off = np.abs(probability(rows) - scorer.probability(scorer.logit(rows)))
    if not float(off.max()) <= TOLERANCE:
        raise ArtefactError(
            f"the manifest's coefficients are not the pipeline's: pd differs by {off.max():.3g};"
            " export the model again"
        )
