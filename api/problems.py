"""Problem documents (RFC 9457): how every error of the API looks."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from protocol.errors import LedgerUnavailable

#: code -> (HTTP status, title). The codes are part of the contract and never change meaning.
PROBLEMS = {
    "malformed-body": (400, "The body is not a JSON object"),
    "invalid-header": (400, "A header cannot be used"),
    "invalid-query": (400, "A query parameter cannot be used"),
    "unauthorized": (401, "No valid API key"),
    "forbidden": (403, "The API key does not allow this"),
    "second-person-required": (403, "A second person must decide this"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "Method not allowed"),
    "already-final": (409, "It is final and cannot be cancelled"),
    "state-conflict": (409, "Its state does not allow this"),
    "not-kept": (409, "No such model or policy is kept"),
    "not-finished": (409, "It is not finished"),
    "too-many-webhooks": (409, "There are too many webhooks"),
    "webhook-disabled": (409, "The webhook is disabled"),
    "gone": (410, "It was here and is gone"),
    "length-required": (411, "The length of the body must be told"),
    "body-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body is of a type that is not taken here"),
    "range-not-satisfiable": (416, "The file has no such bytes"),
    "invalid-application": (422, "The request has faults"),
    "invalid-portfolio": (422, "The portfolio cannot be scored"),
    "invalid-override": (422, "The override has faults"),
    "invalid-outcome": (422, "An outcome has faults"),
    "invalid-webhook": (422, "The webhook cannot be made"),
    "idempotency-key-reused": (422, "The Idempotency-Key came with another body before"),
    "rate-limited": (429, "Too many requests"),
    "internal-error": (500, "Internal error"),
    "unavailable": (503, "The service cannot take or read jobs now"),
    "overloaded": (503, "The service takes no more jobs now"),
    "storage-unavailable": (503, "The storage of campaigns cannot be used now"),
    "not-ready": (503, "The service is not ready"),
}
_CODE_OF_STATUS = {
    status: code for code, (status, _) in reversed(PROBLEMS.items()) if status != 503
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a request body."""

    #: JSON Pointer (RFC 6901) to the faulty place
    pointer: str
    code: str
    detail: str

    def shown(self) -> dict[str, str]:
        """Write it as it stands in an answer."""
        return {"pointer": self.pointer, "code": self.code, "detail": self.detail}


class Problem(Exception):
    """Raise it anywhere under a request to answer with a problem document."""

    def __init__(
        self,
        code: str,
        detail: str,
        faults: Iterable[Fault] = (),
        *,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.faults = tuple(faults)
        #: whole seconds for Retry-After; None is none, or 1 on a 503
        self.retry_after_s = retry_after_s


def respond(problem: Problem, more: Mapping[str, Any] | None = None) -> Response:
    """Write the document; it never quotes what the caller sent, for that may be personal.

    Args:
        problem: what is wrong.
        more: further members.
    """
    status, title = PROBLEMS[problem.code]
    document: dict[str, Any] = {
        "type": f"urn:loanscore:problem:{problem.code}",
        "title": title,
        "status": status,
        "detail": problem.detail,
        "instance": request.path,
        "code": problem.code,
        "request_id": g.request_id,
        **(more or {}),
    }
    if problem.faults:
        document["errors"] = [fault.shown() for fault in problem.faults]
    response = Response(json.dumps(document), status, mimetype="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == 503 or problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(problem.retry_after_s or 1)
    return response


def register(app: Flask) -> None:
    """Answer every error of the application with a problem document."""

    def on_http(error: HTTPException) -> Response:
        code = _CODE_OF_STATUS.get(error.code or 500, "malformed-body")
        response = respond(Problem(code, error.description or ""))
        if error.code == 405:
            response.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
        if error.code == 416:
            response.headers["Content-Range"] = f"bytes */{getattr(error, 'length', None) or '*'}"
        return response

    def on_ledger(_: LedgerUnavailable) -> Response:
        detail = "Redis did not answer; try again, nothing is known of this request's outcome."
        return respond(Problem("unavailable", detail))

    def on_bug(error: Exception) -> Response:
        # Only the type: a traceback's values could be an applicant's.
        app.logger.error("request %s: %s", g.request_id, type(error).__name__)
        return respond(Problem("internal-error", "The fault is ours and was logged."))

    app.register_error_handler(Problem, respond)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(LedgerUnavailable, on_ledger)
    app.register_error_handler(Exception, on_bug)
