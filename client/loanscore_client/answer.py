"""Read what came back over HTTP: a 2xx answer, or the error it stands for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loanscore_client.documents import faults
from loanscore_client.errors import ApiError, Fault, error_class
from loanscore_client.retries import retry_after_s

if TYPE_CHECKING:
    import urllib3


@dataclass(frozen=True)
class Answer:
    """A 2xx answer."""

    status: int
    document: dict[str, Any] = field(repr=False)
    request_id: str
    replayed: bool
    #: None: it does not say
    retry_after_s: float | None


def read(response: urllib3.BaseHTTPResponse, request_id: str, now: float) -> Answer | ApiError:
    """Read an answer with a JSON object.

    Args:
        response: whatever its status.
        request_id: as sent; the answer's own goes before.
        now: seconds since 1970, UTC.
    """
    if response.status >= 300:
        return problem(response, request_id, now)
    request_id = response.headers.get("X-Request-Id", request_id)
    document = _object(response.data) if response.status != 204 else {}
    if document is None:
        return unreadable(response.status, request_id)
    replayed = response.headers.get("Idempotency-Replayed") == "true"
    after_s = retry_after_s(response.headers.get("Retry-After"), now)
    return Answer(response.status, document, request_id, replayed, after_s)


def problem(response: urllib3.BaseHTTPResponse, request_id: str, now: float) -> ApiError:
    """Read an answer that is an error; as `read`."""
    code, detail, named = _said(response)
    request_id = response.headers.get("X-Request-Id", request_id)
    after_s = retry_after_s(response.headers.get("Retry-After"), now)
    kind = error_class(response.status, code)
    return kind(response.status, code, detail, request_id, faults=named, retry_after_s=after_s)


def unreadable(status: int, request_id: str) -> ApiError:
    """Make the error for a 2xx answer that is not the contract's."""
    return ApiError(status, "unreadable-answer", "The answer is not the contract's.", request_id)


def _said(response: urllib3.BaseHTTPResponse) -> tuple[str, str, tuple[Fault, ...]]:
    """Read code, detail and faults; a body that is no problem document is never quoted."""
    if response.status < 400:
        return "redirect", "Redirects are not followed: they would carry the key along.", ()
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
    document = _object(response.data) if content_type == "application/problem+json" else None
    try:
        problem = document or {}
        return str(problem["code"]), str(problem["detail"]), faults(problem.get("errors", []))
    except (LookupError, TypeError):
        return f"http-{response.status}", "The answer is no problem document.", ()


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
