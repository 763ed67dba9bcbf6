"""`/v1/overrides`: a person decides otherwise than the score, above a set exposure two persons.

The route of an override: `api.override_body` checks it by the policy, `protocol.overrides` puts it
in force or has it wait, and appends its record; the score itself never changes.
"""

import json
from typing import NoReturn

from flask import Blueprint, Response, g, request

from api import acceptance, asked, body, documents, override_body, paging
from api.found import check_succeeded, found, score
from api.keys import Keys
from api.problems import Problem
from protocol import names
from protocol import policy as policies
from protocol.ledger import Ledger, Record
from protocol.overrides import Happened, Override, Overrides, State, Verdict
from protocol.scripts import OVERRIDE_LIMIT


def blueprint(
    ledger: Ledger, overrides: Overrides, keys: Keys, policy: policies.Policy
) -> Blueprint:
    """Build the seven routes."""
    routes = Blueprint("overrides", __name__, url_prefix="/v1")
    rules = policy.overrides or policies.Overrides(second_person_above=0, reasons=[])
    in_force = {
        "version": policy.version,
        "digest": policy.digest,
        "second_person_above": rules.second_person_above,
    }

    def one(override_id: str) -> Record:
        known = names.OVERRIDE_ID.fullmatch(override_id)
        return found(overrides.read([override_id])[0] if known else None, g.owner)

    def settle(override_id: str, verdict: Verdict) -> Response:
        said = override_body.read(override_body.SecondPerson, body.read_object())
        state = one(override_id)["state"]
        happened = overrides.settle(override_id, g.owner, verdict, g.key.id, said.note)
        if happened != Happened.SETTLED:
            _refuse(happened, f"It is {state}; only what is {State.WAITING} waits for this.")
        return acceptance.as_json(documents.override(one(override_id)))

    @routes.post("/scores/<score_id>/overrides")
    @keys.requires("overrides:write")
    def override(score_id: str) -> Response:
        given = body.read_object()
        asks = override_body.read(override_body.Request, given)
        again = asked.idempotency(given)
        grounds = override_body.grounds(asks, rules)
        check_succeeded(score(ledger, score_id, g.owner), ": there is no decision to override.")
        wanted = Override(
            names.new_override_id(),
            score_id,
            asks.decision,
            grounds.code,
            json.dumps({"code": grounds.code, "text": {"en": grounds.en, "fr": grounds.fr}}),
            asks.note,
            json.dumps(in_force),
            rules.second_person_above,
        )
        happened, override_id = overrides.request(wanted, g.owner, g.key.id, again)
        if happened not in {Happened.REQUESTED, Happened.REPLAYED}:
            _refuse(happened, f"{override_id} waits for its second person.")
        response = acceptance.as_json(documents.override(one(override_id)), 201)
        response.headers["Location"] = f"/v1/overrides/{override_id}"
        if happened == Happened.REPLAYED:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    @routes.get("/scores/<score_id>/overrides")
    @keys.requires("scores:read")
    def history(score_id: str) -> Response:
        score(ledger, score_id, g.owner)
        items = [documents.override(record) for record in overrides.of(score_id)]
        return acceptance.as_json({"items": items})

    @routes.get("/overrides")
    @keys.requires("scores:read")
    def waiting() -> Response:
        if request.args.get("state", State.WAITING) != State.WAITING:
            raise Problem("invalid-query", f"state takes {State.WAITING} alone.")
        limit, after = paging.limit(), paging.after()
        page = overrides.waiting(g.owner, limit, after)
        records = overrides.read([override_id for override_id, _ in page])
        items = [documents.override(record) for record in records if isinstance(record, dict)]
        return acceptance.as_json({"items": items, "next": paging.cursor(page, limit)})

    @routes.get("/overrides/<override_id>")
    @keys.requires("scores:read")
    def poll(override_id: str) -> Response:
        return acceptance.as_json(documents.override(one(override_id)))

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
            for reason in rules.reasons
        ]
        return acceptance.as_json({"items": items, "policy": in_force})

    return routes


def _refuse(happened: Happened, waits: str) -> NoReturn:
    code, detail = {
        Happened.REUSED: (
            "idempotency-key-reused",
            "This Idempotency-Key came with another body before; take a new key.",
        ),
        Happened.WAITING: ("state-conflict", waits),
        Happened.CLOSED: ("state-conflict", waits),
        Happened.SAME: ("state-conflict", "That decision is in force already."),
        Happened.MANY: ("state-conflict", f"It was overridden {OVERRIDE_LIMIT} times already."),
        Happened.SAME_PERSON: (
            "second-person-required",
            "Whoever asked for an override is not its second person: use another's key.",
        ),
    }.get(happened, ("gone", "It was here a moment ago, and was erased or its time was up."))
    raise Problem(code, detail)
