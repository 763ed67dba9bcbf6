"""`/livez`: this process answers. `/readyz`: an application sent now would be scored."""

import json
from typing import Any

import redis
from flask import Blueprint, Response

from api import problems
from api.problems import Problem
from protocol.campaigns import Campaigns
from protocol.errors import LedgerUnavailable
from protocol.ledger import Ledger
from protocol.redis_policy import durability


def blueprint(
    ledger: Ledger, campaigns: Campaigns, client: redis.Redis, stated: str | None
) -> Blueprint:
    """Build the two routes; they need no key and tell nothing of any applicant.

    Args:
        ledger: where workers say that they live.
        campaigns: where campaign workers do.
        client: of the same Redis.
        stated: see `protocol.redis_policy.durability`.
    """
    health = Blueprint("health", __name__)

    @health.get("/livez")
    def live() -> dict[str, str]:
        return {"status": "ok"}

    @health.get("/readyz")
    def ready() -> Response:
        document = readiness(ledger, campaigns, client, stated)
        if document.pop("status") == "ok":
            return Response(json.dumps({"status": "ok"} | document), mimetype="application/json")
        fault = "No worker is alive." if document["redis"] == "ok" else "Redis does not answer."
        return problems.respond(Problem("not-ready", fault), document)

    return health


def readiness(
    ledger: Ledger, campaigns: Campaigns, client: redis.Redis, stated: str | None
) -> dict[str, Any]:
    """Say what works: Redis, at least one live worker, one known model.

    Campaign workers are named, not asked for: without one, applications are scored all the same.
    """
    try:
        workers = ledger.live_workers()
        others = len(campaigns.live_workers())
        kept = durability(client, stated)
    except LedgerUnavailable:
        return {
            "status": "failing",
            "redis": "failing",
            "workers": 0,
            "campaign_workers": 0,
            "models": [],
        }
    models = sorted({worker["digest"] for worker in workers})
    status = "ok" if workers else "failing"
    return {
        "status": status,
        "redis": "ok",
        "durability": kept,
        "workers": len(workers),
        "campaign_workers": others,
        "models": models,
    }
