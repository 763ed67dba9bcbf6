"""The summary of a campaign: what a risk team looks at first."""

from typing import Any

from protocol.artefact import Manifest
from worker.bulk.stability import psi
from worker.bulk.tally import Counts, Tally


def summary(total: Tally, manifest: Manifest) -> dict[str, Any]:
    """Describe the scored rows and how far they have moved from the training applicants.

    Args:
        total: of all chunks that were scored.
        manifest: of the model; its histograms are the base of each PSI.
    Returns:
        JSON object. `psi` is None for a portfolio without a scored row.
    """
    return {
        "rows": total.rows,
        "scored": total.scored,
        "invalid": total.invalid,
        "faults": total.faults,
        "decisions": total.decisions,
        "grades": {band.grade: total.grades.get(band.grade, 0) for band in manifest.grades},
        "expected_loss": total.expected_loss,
        "pd": _distribution(total.pd, manifest, "pd"),
        "fields": {
            name: _distribution(counts, manifest, name) for name, counts in total.fields.items()
        },
    }


def _distribution(counts: Counts, manifest: Manifest, name: str) -> dict[str, Any]:
    trained = manifest.histograms[name]
    actual = [counts.below, *counts.bins, counts.above]
    return {
        "edges": trained.edges,
        "below": counts.below,
        "counts": counts.bins,
        "above": counts.above,
        "trained": trained.counts,
        "psi": psi([0, *trained.counts, 0], actual) if sum(actual) else None,
    }
