"""`/livez`: this process answers. `/readyz`: an application sent now would be scored."""

import json
from typing import Any

from flask import Blueprint, Response

from protocol.errors import LedgerUnavailable
from protocol.ledger import Ledger


def blueprint(ledger: Ledger) -> Blueprint:
    """Build the two routes; they need no key and tell nothing of any applicant."""
    health = Blueprint("health", __name__)

    @health.get("/livez")
    def live() -> dict[str, str]:
        return {"status": "ok"}

    @health.get("/readyz")
    def ready() -> Response:
        document = readiness(ledger)
        status = 200 if document["status"] == "ok" else 503
        return Response(json.dumps(document), status, mimetype="application/json")

    return health


def readiness(ledger: Ledger) -> dict[str, Any]:
    """Say what works: Redis, at least one live worker, one known model."""
    try:
        workers = ledger.live_workers()
    except LedgerUnavailable:
        return {"status": "failing", "redis": "failing", "workers": 0, "models": []}
    models = sorted({worker["digest"] for worker in workers})
    status = "ok" if workers else "failing"
    return {"status": status, "redis": "ok", "workers": len(workers), "models": models}
