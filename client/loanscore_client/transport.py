"""Send one call over a pool of connections, again where a repeat is safe and may help.

Called by `loanscore_client.client`; `loanscore_client.retries` decides on repeats. Errors are
built where they happen and raised in `call`, outside of every `except`: what urllib3 knows of a
request, the key among it, is then no part of their traceback.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.exceptions import HTTPError

from loanscore_client.documents import faults
from loanscore_client.errors import ApiError, ConnectionFailed, Fault, LoanscoreError, error_class
from loanscore_client.retries import Clock, Retries, retry_after_s
from loanscore_client.version import __version__

if TYPE_CHECKING:
    from loanscore_client.address import Address

#: Connections kept open for reuse; more callers at once open more, which are closed after use.
POOLED = 32


@dataclass(frozen=True)
class Request:
    """One call that may be sent more than once: a read, a deletion, a cancellation, a keyed POST.

    Args:
        wait_s: whole seconds the service may hold the answer back (Prefer: wait), 0 to 30.
    """

    method: str
    path: str
    body: bytes | None = field(default=None, repr=False)
    idempotency_key: str | None = None
    wait_s: int = 0


@dataclass(frozen=True)
class Answer:
    """A 2xx answer."""

    status: int
    document: dict[str, Any] = field(repr=False)
    request_id: str
    replayed: bool
    #: None: it does not say
    retry_after_s: float | None


class Transport:
    """The connections to one service.

    Args:
        address: of the service.
        key: API key, visible ASCII.
        timeout_s: longest wait for a connection, and for each answer beyond Request.wait_s, s.
        retries: how often and how long to try.
        clock: time and chance.
    Raises:
        ValueError: the key is no header value; the text does not quote it.
    """

    def __init__(
        self, address: Address, key: str, timeout_s: float, retries: Retries, clock: Clock
    ) -> None:
        if not key or not all("!" <= letter <= "~" for letter in key):
            raise ValueError("the API key must be visible ASCII without spaces")
        if timeout_s <= 0:
            raise ValueError("timeout_s must be above 0")
        self._prefix = address.prefix
        self._authorization = f"Bearer {key}"
        self._timeout_s = timeout_s
        self._retries = retries
        self._clock = clock
        self._pool = urllib3.connection_from_url(address.origin, maxsize=POOLED, block=False)
        self._closed = False

    def close(self) -> None:
        """Close the connections; no call can follow."""
        self._closed = True
        self._pool.close()

    def call(self, request: Request) -> Answer:
        """Send, repeat where that may help, and give the answer.

        Raises:
            LoanscoreError: what the last attempt came to.
            RuntimeError: this was closed.
        """
        self._check_open()
        request_id = str(uuid.uuid4())
        ends = self._clock.monotonic() + self._retries.total_s + request.wait_s
        failed = 0
        while True:
            outcome = self._attempt(request, request_id, ends - self._clock.monotonic())
            if isinstance(outcome, Answer):
                return outcome
            failed += 1
            left_s = ends - self._clock.monotonic()
            pause = self._retries.pause(failed, outcome, left_s, self._clock)
            if pause is None:
                outcome.idempotency_key = request.idempotency_key
                raise outcome
            self._clock.sleep(pause)

    def ask(self, path: str) -> int:
        """Send one GET without the key, once.

        Returns:
            The HTTP status, whatever it is.
        Raises:
            ConnectionFailed: no answer came.
            RuntimeError: this was closed.
        """
        self._check_open()
        request_id = str(uuid.uuid4())
        headers = {"X-Request-Id": request_id}
        outcome = self._exchange(Request("GET", path), headers, self._timeout_s)
        if isinstance(outcome, ConnectionFailed):
            raise outcome
        return outcome.status

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("this client is closed")

    def _attempt(self, request: Request, request_id: str, left_s: float) -> Answer | LoanscoreError:
        patience = min(self._timeout_s + request.wait_s, left_s)
        response = self._exchange(request, self._headers(request, request_id), patience)
        if isinstance(response, ConnectionFailed):
            return response
        return self._read(response, response.headers.get("X-Request-Id", request_id))

    def _headers(self, request: Request, request_id: str) -> dict[str, str]:
        headers = {"Authorization": self._authorization, "X-Request-Id": request_id}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if request.idempotency_key is not None:
            headers["Idempotency-Key"] = request.idempotency_key
        if request.wait_s:
            headers["Prefer"] = f"wait={request.wait_s}"
        return headers

    def _exchange(
        self, request: Request, headers: dict[str, str], patience_s: float
    ) -> urllib3.BaseHTTPResponse | ConnectionFailed:
        connect_s = min(self._timeout_s, patience_s)
        headers |= {"Accept": "application/json", "User-Agent": f"loanscore-client/{__version__}"}
        try:
            return self._pool.urlopen(
                request.method,
                self._prefix + request.path,
                body=request.body,
                headers=headers,
                timeout=urllib3.Timeout(connect=connect_s, read=patience_s),
                retries=False,
                redirect=False,  # the key would go wherever a redirect says
            )
        except HTTPError as error:
            # Only the type: the text can quote what came instead of an answer.
            detail = f"{type(error).__name__}; what became of the request is unknown"
        return ConnectionFailed("connection-failed", detail, headers["X-Request-Id"])

    def _read(self, response: urllib3.BaseHTTPResponse, request_id: str) -> Answer | ApiError:
        after_s = retry_after_s(response.headers.get("Retry-After"), self._clock.wall())
        if response.status >= 300:
            return _problem(response, request_id, after_s)
        document = _object(response.data) if response.status != 204 else {}
        if document is None:
            return unreadable(response.status, request_id)
        replayed = response.headers.get("Idempotency-Replayed") == "true"
        return Answer(response.status, document, request_id, replayed, after_s)


def unreadable(status: int, request_id: str) -> ApiError:
    """Make the error for a 2xx answer that is not the contract's."""
    return ApiError(status, "unreadable-answer", "The answer is not the contract's.", request_id)


def _problem(
    response: urllib3.BaseHTTPResponse, request_id: str, after_s: float | None
) -> ApiError:
    code, detail, named = _said(response)
    kind = error_class(response.status, code)
    return kind(response.status, code, detail, request_id, faults=named, retry_after_s=after_s)


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
