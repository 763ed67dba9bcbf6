"""`/v1/scores/{id}/what-if`: what a worker answers about a score while the caller waits.

The route of a question: `protocol.ledger` copies the application into a short job, `api.queue`
rings; `worker.answers` has `worker.what_if` answer it; it is read once and erased.
"""

import json
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, g

from api import acceptance, documents
from api.found import found
from api.keys import Keys
from api.pressure import Pressure
from api.problems import Problem
from api.queue import Doorbell
from api.waiting import Waiting
from protocol import names
from protocol.errors import LedgerUnavailable
from protocol.ledger import Gone, Happened, Ledger, Record
from protocol.states import FINAL, State

#: A question waits this long for its answer, s; one that is late is cancelled.
WAIT_S = 10


def blueprint(
    ledger: Ledger, doorbell: Doorbell, keys: Keys, waiting: Waiting, pressure: Pressure
) -> Blueprint:
    """Build the route."""
    questions = Blueprint("questions", __name__, url_prefix="/v1/scores")

    def check_succeeded(score_id: str) -> None:
        known = names.SCORE_ID.fullmatch(score_id)
        state = found(ledger.read([score_id])[0] if known else None, g.owner)["state"]
        if state != State.SUCCEEDED:
            shown = documents.SHOWN.get(State(state), state)
            raise Problem("state-conflict", f"It is {shown}; ask once it has succeeded.")

    def ask(kind: str, score_id: str) -> str:
        question_id = names.new_question_id()
        happened, ring = ledger.ask(question_id, kind, score_id, g.owner)
        if happened == Happened.GONE:
            raise Problem("gone", "It was here a moment ago, and was erased or its time was up.")
        if happened == Happened.OVERLOADED:
            raise Problem("overloaded", "Too much is waiting; try again later.")
        if ring:
            doorbell.ring()
        return question_id

    def answered(question_id: str, kind: str) -> dict[str, Any]:
        try:
            record = waiting.until(
                question_id,
                WAIT_S,
                lambda: ledger.read([question_id])[0],
                lambda record: not isinstance(record, dict) or record["state"] in FINAL,
            )
            return _read(record, kind)
        finally:
            # What is left of it has a short time to live: an asker need not hear of it.
            with suppress(LedgerUnavailable):
                ledger.erase([question_id])

    @questions.get("/<score_id>/what-if")
    @keys.requires("scores:read")
    def what_if(score_id: str) -> Response:
        check_succeeded(score_id)
        pressure.admit()
        question_id = ask(names.WHAT_IF, score_id)
        return acceptance.as_json({"id": score_id, **answered(question_id, names.WHAT_IF)})

    return questions


def _read(record: Record | Gone | None, kind: str) -> dict[str, Any]:
    """Read the answer of a question.

    Raises:
        Problem: there is none.
    """
    held = record if isinstance(record, dict) else {}
    if held.get("state") == State.FAILED:
        raise Problem("internal-error", "The question could not be answered.")
    # A worker of the release before this one takes a question for a score.
    given = json.loads(held.get("answer", "{}")).get(kind)
    if given is None:
        raise Problem("unavailable", "No worker answered in time; ask again.")
    return dict(given)
