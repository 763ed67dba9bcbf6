"""The summary of a campaign: what a risk team looks at first."""

from typing import Any

from protocol.artefact import Manifest
from protocol.stability import psi
from worker import scorecard
from worker.bulk.tally import Counts, Tally
from worker.scorer import Scorer


def summary(total: Tally, scorer: Scorer) -> dict[str, Any]:
    """Describe the scored rows and how far they have moved from the training applicants.

    Args:
        total: of all chunks that were scored.
        scorer: of the campaign; the histograms of its manifest are the base of each PSI.
    Returns:
        JSON object. `psi` is None for a portfolio without a scored row.
    """
    manifest, policy = scorer.manifest, scorer.policy
    return {
        "rows": total.rows,
        "scored": total.scored,
        "invalid": total.invalid,
        "faults": total.faults,
        "decisions": total.decisions,
        "grades": {band.grade: total.grades.get(band.grade, 0) for band in policy.grades},
        "expected_loss": total.expected_loss,
        "policy": scorecard.in_force(scorer),
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
