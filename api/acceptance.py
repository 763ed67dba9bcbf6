"""Answer a submission: 202 with a place to poll, or 200 when the caller waited and it is done."""

import json
from collections.abc import Callable
from typing import Any

from flask import Response

from api import asked
from api.problems import Problem
from api.queue import Doorbell
from protocol.errors import LedgerUnavailable
from protocol.ledger import Accepted, Happened
from protocol.states import FINAL, State

Document = dict[str, Any]


def settle(accepted: Accepted, doorbell: Doorbell) -> None:
    """Ring if need be, or say why nothing was accepted.

    Raises:
        Problem: idempotency-key-reused or overloaded.
    """
    if accepted.happened == Happened.REUSED:
        detail = "This Idempotency-Key came with another body before; take a new key."
        raise Problem("idempotency-key-reused", detail)
    if accepted.happened == Happened.OVERLOADED:
        raise Problem("overloaded", "Too much is waiting; nothing was accepted, try again later.")
    if accepted.ring:
        doorbell.ring()


def respond(accepted: Accepted, path: str, wait: Callable[[int], Document]) -> Response:
    """Write the answer to what was accepted, now or before.

    Args:
        accepted: settled.
        path: where it can be polled.
        wait: gives the document once it is final or the seconds are over.
    """
    document = _waited(wait)
    response = queued(accepted, path)
    if document is not None and document["status"] in FINAL:
        response.status_code, response.data = 200, json.dumps(document)
        del response.headers["Retry-After"]
    _note_wait(response)
    return response


def queued(accepted: Accepted, path: str) -> Response:
    """Write the 202 for what was accepted, now or before."""
    response = as_json({"id": accepted.id, "status": State.QUEUED, "links": {"self": path}}, 202)
    response.headers["Location"] = path
    response.headers["Retry-After"] = "1"
    if accepted.happened == Happened.REPLAYED:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _waited(wait: Callable[[int], Document]) -> Document | None:
    seconds = asked.wait_s()
    if not seconds:
        return None
    try:
        return wait(seconds)
    except (LedgerUnavailable, Problem):
        return None  # it was accepted: that must be said, whatever happened afterwards


def check_cancelled(document: Document) -> None:
    """Make sure that a cancel was in time.

    Raises:
        Problem: already-final.
    """
    if document["status"] != State.CANCELLED:
        raise Problem("already-final", f"It is {document['status']} and stays so.")


def polled(document: Document) -> Response:
    """Answer a poll; one that is not final says when to come again."""
    response = as_json(document)
    if document["status"] not in FINAL:
        response.headers["Retry-After"] = "1"
    _note_wait(response)
    return response


def _note_wait(response: Response) -> None:
    seconds = asked.wait_s()
    if seconds:
        response.headers["Preference-Applied"] = f"wait={seconds}"


def as_json(document: Document, status: int = 200) -> Response:
    """Write a document."""
    return Response(json.dumps(document), status, mimetype="application/json")
