"""The evidence of a score: what it takes to decide again, beyond the answer that was shown.

Called by `worker.answers`; `protocol.record` puts it into the decision record.
"""

import json
import os
import socket
from collections.abc import Sequence
from typing import Any

from protocol.application import FIELDS
from protocol.features import COLUMNS
from worker import scorecard
from worker.scorer import Scorer


def of_score(
    scorer: Scorer, logit: float, columns: Sequence[float], fields: Sequence[float]
) -> str:
    """Write the evidence of one score, a JSON object: base + the contributions = logit.

    Args:
        scorer: that made it.
        logit: log-odds of default.
        columns: log-odds that each of `COLUMNS` adds against the reference population.
        fields: the same by field of the application.
    """
    evidence = _made_by(scorer) | {
        "logit": logit,
        "base": scorer.base,
        "columns": dict(zip(COLUMNS, columns, strict=True)),
        "fields": dict(zip((field.name for field in FIELDS), fields, strict=True)),
    }
    return json.dumps(evidence, allow_nan=False)


def of_failure(scorer: Scorer) -> str:
    """Write the evidence of an application that could not be scored: who tried, and by what."""
    return json.dumps(_made_by(scorer))


def _made_by(scorer: Scorer) -> dict[str, Any]:
    return {
        "model": scorecard.made_by(scorer),
        "policy": scorecard.in_force(scorer),
        "libraries": scorer.manifest.libraries,
        "worker": {"host": socket.gethostname(), "process": os.getpid()},
    }
