"""`/v1/overrides`: a person decides otherwise than the score, above a set exposure two persons.

The route of an override: `api.override_body` checks it by the policy, `protocol.overrides` puts it
in force or has it wait, and appends its record; the score itself never changes.
"""

from flask import Blueprint, Response, g, request

from api import acceptance, asked, body, documents, override_body, paging
from api.found import score
from api.keys import Keys
from api.overriding import Overriding
from api.problems import Problem
from protocol.ledger import Ledger
from protocol.overrides import Happened, State, Verdict


def blueprint(ledger: Ledger, overriding: Overriding, keys: Keys) -> Blueprint:
    """Build the seven routes."""
    routes = Blueprint("overrides", __name__, url_prefix="/v1")

    def settle(override_id: str, verdict: Verdict) -> Response:
        said = override_body.read(override_body.SecondPerson, body.read_object())
        settled = overriding.settle(override_id, verdict, said.note, g.owner, g.key.id)
        return acceptance.as_json(documents.override(settled))

    @routes.post("/scores/<score_id>/overrides")
    @keys.requires("overrides:write")
    def override(score_id: str) -> Response:
        given = body.read_object()
        asks = override_body.read(override_body.Request, given)
        again = asked.idempotency(given)
        happened, override_id = overriding.request(score_id, asks, g.owner, g.key.id, again)
        made = overriding.one(override_id, g.owner)
        response = acceptance.as_json(documents.override(made), 201)
        response.headers["Location"] = f"/v1/overrides/{override_id}"
        if happened == Happened.REPLAYED:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    @routes.get("/scores/<score_id>/overrides")
    @keys.requires("scores:read")
    def history(score_id: str) -> Response:
        score(ledger, score_id, g.owner)
        items = [documents.override(record) for record in overriding.of(score_id)]
        return acceptance.as_json({"items": items})

    @routes.get("/overrides")
    @keys.requires("scores:read")
    def waiting() -> Response:
        if request.args.get("state", State.WAITING) != State.WAITING:
            raise Problem("invalid-query", f"state takes {State.WAITING} alone.")
        limit = paging.limit()
        page, records = overriding.waiting(g.owner, limit, paging.after())
        items = [documents.override(record) for record in records]
        return acceptance.as_json({"items": items, "next": paging.cursor(page, limit)})

    @routes.get("/overrides/<override_id>")
    @keys.requires("scores:read")
    def poll(override_id: str) -> Response:
        return acceptance.as_json(documents.override(overriding.one(override_id, g.owner)))

    @routes.post("/overrides/<override_id>/approve")
    @keys.requires("overrides:approve")
    def approve(override_id: str) -> Response:
        return settle(override_id, Verdict.APPROVED)

    @routes.post("/overrides/<override_id>/reject")
    @keys.requires("overrides:approve")
    def reject(override_id: str) -> Response:
        return settle(override_id, Verdict.REJECTED)

    @routes.get("/override-reasons")
    @keys.requires("scores:read")
    def reasons() -> Response:
        items = [
            {
                "code": reason.code,
                "decision": reason.decision,
                "text": {"en": reason.en, "fr": reason.fr},
            }
            for reason in overriding.rules.reasons
        ]
        return acceptance.as_json({"items": items, "policy": overriding.policy})

    return routes
