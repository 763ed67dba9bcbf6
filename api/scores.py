"""`/v1/scores`: submit one application, poll its score, cancel it, erase it.

The route of a submission: `api.body` reads it, `api.submission` checks it, `protocol.ledger`
accepts it, `api.queue` rings; `worker.tasks` scores it; the poll reads the ledger only.
"""

from typing import Any

from flask import Blueprint, Response, g

from api import acceptance, asked, body, documents, found, submission
from api.keys import Keys
from api.pressure import Pressure
from api.queue import Doorbell
from api.refused import counting
from api.waiting import Waiting
from protocol import names
from protocol.ledger import Ledger
from protocol.overrides import Overrides
from protocol.refused import Refused
from protocol.states import FINAL


def blueprint(  # noqa: PLR0913, PLR0917 - what each request needs
    ledger: Ledger,
    overrides: Overrides,
    doorbell: Doorbell,
    keys: Keys,
    waiting: Waiting,
    pressure: Pressure,
    refused: Refused,
) -> Blueprint:
    """Build the four routes."""
    scores = Blueprint("scores", __name__, url_prefix="/v1/scores")

    def read(score_id: str, owner: str) -> dict[str, Any]:
        record = found.score(ledger, score_id, owner)
        return documents.score(score_id, record, overrides.latest(record))

    def waited(score_id: str, owner: str, seconds: int) -> dict[str, Any]:
        return waiting.until(
            score_id, seconds, lambda: read(score_id, owner), lambda score: score["status"] in FINAL
        )

    @scores.post("")
    @keys.requires("scores:write")
    def submit() -> Response:
        given = body.read_object()
        with counting(refused):
            submitted = submission.read(given)
        pressure.admit()
        accepted = ledger.accept(
            [submitted.job(names.new_score_id())],
            g.owner,
            idempotency=asked.idempotency(given),
            deadline_s=submitted.deadline_s,
            actor=g.key.id,
        )
        acceptance.settle(accepted, doorbell)
        return acceptance.respond(
            accepted,
            f"/v1/scores/{accepted.id}",
            lambda seconds: waited(accepted.id, g.owner, seconds),
        )

    @scores.get("/<score_id>")
    @keys.requires("scores:read")
    def poll(score_id: str) -> Response:
        return acceptance.polled(waited(score_id, g.owner, asked.wait_s()))

    @scores.post("/<score_id>/cancel")
    @keys.requires("scores:write")
    def cancel(score_id: str) -> Response:
        read(score_id, g.owner)
        ledger.cancel([score_id])
        score = read(score_id, g.owner)
        acceptance.check_cancelled(score)
        return acceptance.as_json(score)

    @scores.delete("/<score_id>")
    @keys.requires("scores:write")
    def erase(score_id: str) -> Response:
        read(score_id, g.owner)
        ledger.erase([score_id])
        return Response(status=204)

    return scores
