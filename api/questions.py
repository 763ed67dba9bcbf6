"""`/v1/scores/{id}/what-if` and `/replay`: what a worker answers while the caller waits.

The route of a question: `protocol.ledger` copies the application into a short job, `api.queue`
rings; `worker.answers` has `worker.what_if` or `worker.replay` answer it; it is read once and
erased.
"""

import json
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, g

from api import acceptance, body, submission
from api.found import check_succeeded, score
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


class Questions:
    """Asks a worker, and waits for the answer.

    Args:
        ledger: has the scores.
        doorbell: rung when nobody is awake.
        waiting: hears when the answer is there.
        pressure: whether anything may be asked now.
    """

    def __init__(
        self, ledger: Ledger, doorbell: Doorbell, waiting: Waiting, pressure: Pressure
    ) -> None:
        self._ledger = ledger
        self._doorbell = doorbell
        self._waiting = waiting
        self._pressure = pressure

    def answer(
        self, kind: str, score_id: str, owner: str, asked: str = "", wait_s: float = WAIT_S
    ) -> dict[str, Any]:
        """Answer a question about a score of the owner's.

        Args:
            kind: what is asked, see `names.WHAT_IF` and `REPLAY`.
            score_id: of a score that succeeded.
            owner: who asks.
            asked: more about it, see `Ledger.ask`.
            wait_s: how long for, s.
        Raises:
            Problem: not-found, gone, state-conflict, overloaded, unavailable or internal-error.
        """
        check_succeeded(score(self._ledger, score_id, owner), "; ask once it has succeeded.")
        self._pressure.admit()
        return self._answered(self._ask(kind, score_id, owner, asked), kind, wait_s)

    def _ask(self, kind: str, score_id: str, owner: str, asked: str) -> str:
        question_id = names.new_question_id()
        happened, ring = self._ledger.ask(question_id, kind, score_id, owner, asked)
        if happened == Happened.GONE:
            raise Problem("gone", "It was here a moment ago, and was erased or its time was up.")
        if happened == Happened.OVERLOADED:
            raise Problem("overloaded", "Too much is waiting; try again later.")
        if ring:
            self._doorbell.ring()
        return question_id

    def _answered(self, question_id: str, kind: str, wait_s: float) -> dict[str, Any]:
        try:
            record = self._waiting.until(
                question_id,
                wait_s,
                lambda: self._ledger.read([question_id])[0],
                lambda record: not isinstance(record, dict) or record["state"] in FINAL,
            )
            return _read(record, kind)
        finally:
            # What is left of it has a short time to live: an asker need not hear of it.
            with suppress(LedgerUnavailable):
                self._ledger.erase([question_id])


def blueprint(questions: Questions, keys: Keys) -> Blueprint:
    """Build the route."""
    routes = Blueprint("questions", __name__, url_prefix="/v1/scores")

    @routes.get("/<score_id>/what-if")
    @keys.requires("scores:read")
    def what_if(score_id: str) -> Response:
        answer = questions.answer(names.WHAT_IF, score_id, g.owner)
        return acceptance.as_json({"id": score_id, **answer})

    @routes.post("/<score_id>/replay")
    @keys.requires("scores:read")
    def replay(score_id: str) -> Response:
        under = submission.read_under(body.read_object() if body.is_sent() else {})
        answer = questions.answer(names.REPLAY, score_id, g.owner, under.model_dump_json())
        if refused := answer.get("refused"):
            raise Problem("not-kept", f"The {refused} that is named cannot be used here.")
        return acceptance.as_json({"id": score_id, **answer})

    return routes


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
