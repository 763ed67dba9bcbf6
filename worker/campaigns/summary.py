"""The summary of a campaign: what a risk team looks at first."""

from typing import Any

from protocol.artefact import Manifest
from protocol.ledger import Record
from protocol.stability import distribution
from worker import scorecard
from worker.bulk.tally import Counts, Tally
from worker.replay.verdicts import VERDICTS
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


def replay(total: Tally, record: Record) -> dict[str, Any] | None:
    """Describe what became of decisions that were decided again; None of a portfolio.

    Args:
        total: of all chunks that were decided.
        record: of the campaign; names the end of the chain it was made from.
    """
    if total.replay is None:
        return None
    verdicts = {name: total.replay.verdicts.get(name, 0) for name in VERDICTS}
    moved: dict[str, dict[str, int]] = {}
    for pair, count in total.replay.decisions.items():
        before, _, now = pair.partition(">")
        moved.setdefault(before, {})[now] = count
    return {
        "verdicts": verdicts,
        "reproduced": total.rows - verdicts["unreproducible"],
        "causes": total.replay.causes,
        "decisions": moved,
        "expected_loss": {"recorded": total.replay.recorded_loss, "now": total.replay.loss},
        "head": {"seq": int(record["head_seq"]), "link": record["head_link"]},
    }


def _distribution(counts: Counts, manifest: Manifest, name: str) -> dict[str, Any]:
    return distribution(manifest.histograms[name], counts.below, counts.bins, counts.above)
