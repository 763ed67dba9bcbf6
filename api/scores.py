"""`/v1/scores`: submit one application, poll its score.

The route of a submission: `api.body` reads it, `api.submission` checks it, `protocol.ledger`
accepts it, `api.queue` rings; `worker.tasks` scores it; the poll reads the ledger only.
"""

import json
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, url_for

from api import body, submission
from api.keys import Keys
from api.problems import Problem
from api.queue import Doorbell
from protocol import names
from protocol.ledger import Ledger, Record
from protocol.states import FINAL, State

#: A dead letter is a failure to its caller; that it can be re-driven is the operator's matter.
SHOWN = {State.DEAD: State.FAILED}


def blueprint(ledger: Ledger, doorbell: Doorbell, keys: Keys) -> Blueprint:
    """Build the two routes."""
    scores = Blueprint("scores", __name__, url_prefix="/v1/scores")

    @scores.post("")
    def submit() -> Response:
        owner = keys.authorize()
        application, submitted = submission.read(body.read_object())
        score_id = names.new_score_id()
        kept = {"owner": owner, **_callers_own(submitted)}
        if ledger.accept(score_id, application, **kept):
            doorbell.ring()
        return _accepted(score_id)

    @scores.get("/<score_id>")
    def poll(score_id: str) -> Response:
        owner = keys.authorize()
        known = names.SCORE_ID.fullmatch(score_id)
        record = ledger.get(score_id) if known else None
        if record is None or record["owner"] != owner:
            raise Problem("not-found", "No score has this id, or it is not yours.")
        return _json(shown(score_id, record))

    return scores


def shown(score_id: str, record: Record) -> dict[str, Any]:
    """Show a job record as the API's score.

    Args:
        score_id: its id.
        record: as `Ledger.get` gives it.
    """
    state = State(record["state"])
    answer = json.loads(record.get("answer", "{}"))
    return {
        "id": score_id,
        "status": SHOWN.get(state, state),
        "reference": record.get("reference"),
        "metadata": json.loads(record["metadata"]) if "metadata" in record else None,
        "result": answer.get("result"),
        "model": answer.get("model"),
        "created_at": _time(record["created_ms"]),
        "finished_at": _time(record["finished_ms"]) if state in FINAL else None,
        "error": answer.get("error"),
        "links": {"self": url_for("scores.poll", score_id=score_id)},
    }


def _callers_own(submitted: submission.Submission) -> dict[str, str]:
    kept = {}
    if submitted.reference is not None:
        kept["reference"] = submitted.reference
    if submitted.metadata is not None:
        kept["metadata"] = json.dumps(submitted.metadata)
    return kept


def _accepted(score_id: str) -> Response:
    link = url_for("scores.poll", score_id=score_id)
    response = _json({"id": score_id, "status": State.QUEUED, "links": {"self": link}}, 202)
    response.headers["Location"] = link
    response.headers["Retry-After"] = "1"
    return response


def _json(document: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(document), status, mimetype="application/json")


def _time(milliseconds: str) -> str:
    """Spell a time of the ledger as RFC 3339, UTC.

    >>> _time("1750000000123")
    '2025-06-15T15:06:40.123Z'
    """
    moment = datetime.fromtimestamp(int(milliseconds) / 1_000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
