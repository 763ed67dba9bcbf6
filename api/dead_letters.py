"""`/v1/dead-letters`: jobs given up after too many attempts, for the operator.

They are shown without the applicant's fields, the reference and the metadata. A re-drive scores one
again as a new score of the same owner, named at the old one.
"""

from typing import Any

from flask import Blueprint, Response, g

from api import acceptance, documents, paging
from api.keys import Keys
from api.problems import Problem
from api.queue import Doorbell
from protocol import names
from protocol.ledger import DeadLetter, Ledger, Record
from protocol.states import State


def blueprint(ledger: Ledger, doorbell: Doorbell, keys: Keys) -> Blueprint:
    """Build the three routes."""
    dead_letters = Blueprint("dead_letters", __name__, url_prefix="/v1/dead-letters")

    @dead_letters.get("")
    @keys.requires("admin")
    def listed() -> Response:
        limit, after = paging.limit(), paging.after()
        letters = ledger.dead_letters(limit, DeadLetter(*after) if after else None)
        items = [
            shown(letter.id, record)
            for letter, record in zip(letters, ledger.read([at.id for at in letters]), strict=True)
            if isinstance(record, dict)
        ]
        return acceptance.as_json({"items": items, "next": paging.cursor(letters, limit)})

    @dead_letters.get("/<score_id>")
    @keys.requires("admin")
    def one(score_id: str) -> Response:
        return acceptance.as_json(shown(score_id, _dead(ledger, score_id)))

    @dead_letters.post("/<score_id>/redrive")
    @keys.requires("admin")
    def redrive(score_id: str) -> Response:
        _dead(ledger, score_id)
        redriven = ledger.redrive(score_id, names.new_score_id(), g.key.id)
        if redriven is None:
            raise Problem("not-found", "No dead letter has this id.")
        new_id, ring = redriven
        if ring:
            doorbell.ring()
        document = {"id": new_id, "status": State.QUEUED, "links": _links(new_id)}
        return acceptance.as_json(document, 202)

    return dead_letters


def shown(score_id: str, record: Record) -> dict[str, Any]:
    """Show a dead letter to the operator."""
    redriven_as = record.get("redriven_as")
    return {
        "id": score_id,
        "owner": record["owner"],
        "attempts": int(record["attempt"]),
        **documents.times(record),
        "redriven_as": redriven_as,
        "links": _links(score_id)
        | ({"redriven_as": f"/v1/scores/{redriven_as}"} if redriven_as else {}),
    }


def _links(score_id: str) -> dict[str, str]:
    return {"self": f"/v1/scores/{score_id}"}


def _dead(ledger: Ledger, score_id: str) -> Record:
    known = names.SCORE_ID.fullmatch(score_id)
    record = ledger.read([score_id])[0] if known else None
    if not isinstance(record, dict) or record["state"] != State.DEAD:
        raise Problem("not-found", "No dead letter has this id.")
    return record
