"""Send one call over a pool of connections, again where a repeat is safe and may help.

Called by `loanscore_client.client`; `loanscore_client.retries` decides on repeats. Errors are
built where they happen and raised in `call`, outside of every `except`: what urllib3 knows of a
request, the key among it, is then no part of their traceback.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import urllib3
from urllib3.exceptions import HTTPError

from loanscore_client.answer import Answer, problem, read
from loanscore_client.errors import ConnectionFailed, LoanscoreError
from loanscore_client.retries import Clock, Repeats, Retries
from loanscore_client.upload import Upload
from loanscore_client.version import __version__

if TYPE_CHECKING:
    from loanscore_client.address import Address

#: Connections kept open for reuse; more callers at once open more, which are closed after use.
POOLED = 32
#: Longest wait for the next bytes of a file to go or to come, s: the service may be writing it to a
#: disk. How long a whole file takes has no limit.
FILE_S = 60.0


@dataclass(frozen=True)
class Request:
    """One call that may be sent more than once: a read, a deletion, a cancellation, a keyed POST.

    An upload from a stream that cannot be rewound is sent once.

    Args:
        wait_s: whole seconds the service may hold the answer back (Prefer: wait), 0 to 30.
    """

    method: str
    path: str
    body: bytes | Upload | None = field(default=None, repr=False)
    idempotency_key: str | None = None
    wait_s: int = 0
    content_type: str = "application/json"


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
        upload = request.body if isinstance(request.body, Upload) else None
        repeats = self.repeats(math.inf if upload else request.wait_s)
        while True:
            outcome = self._attempt(request, request_id, repeats.left_s)
            if isinstance(outcome, Answer):
                return outcome
            outcome.idempotency_key = request.idempotency_key
            if upload and not upload.repeatable:
                raise upload.fault or outcome
            repeats.pause(outcome)

    def repeats(self, longer_s: float = math.inf) -> Repeats:
        """Begin to count the attempts of a call that may take that much longer than others, s."""
        return Repeats(self._retries, self._clock, longer_s)

    def begin(
        self, path: str, headers: dict[str, str]
    ) -> urllib3.BaseHTTPResponse | LoanscoreError:
        """Ask for a file, once.

        Args:
            path: of the file.
            headers: which part of it.
        Returns:
            A 200 or 206 answer whose body is still to come and which the caller closes; or what
            it came to instead.
        Raises:
            RuntimeError: this was closed.
        """
        self._check_open()
        request_id = str(uuid.uuid4())
        request = Request("GET", path)
        asked = self._headers(request, request_id) | headers | {"Accept": "*/*"}
        response = self._exchange(request, asked, FILE_S, preload=False)
        if isinstance(response, ConnectionFailed) or response.status in {200, 206}:
            return response
        try:
            response.read(cache_content=True)
        except HTTPError as error:
            return ConnectionFailed("connection-failed", type(error).__name__, request_id)
        return problem(response, request_id, self._clock.wall())

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
        longest_s = FILE_S if isinstance(request.body, Upload) else self._timeout_s
        patience = min(longest_s + request.wait_s, left_s)
        response = self._exchange(request, self._headers(request, request_id), patience)
        if isinstance(response, ConnectionFailed):
            return response
        return read(response, request_id, self._clock.wall())

    def _headers(self, request: Request, request_id: str) -> dict[str, str]:
        headers = {"Authorization": self._authorization, "X-Request-Id": request_id}
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        if isinstance(request.body, Upload) and request.body.size is not None:
            headers["Content-Length"] = str(request.body.size)
        if request.idempotency_key is not None:
            headers["Idempotency-Key"] = request.idempotency_key
        if request.wait_s:
            headers["Prefer"] = f"wait={request.wait_s}"
        return headers

    def _exchange(
        self,
        request: Request,
        headers: dict[str, str],
        patience_s: float,
        *,
        preload: bool = True,
    ) -> urllib3.BaseHTTPResponse | ConnectionFailed:
        upload = request.body if isinstance(request.body, Upload) else None
        # urllib3 holds each block that is sent to the connect timeout, too.
        connect_s = patience_s if upload else min(self._timeout_s, patience_s)
        common = {"Accept": "application/json", "User-Agent": f"loanscore-client/{__version__}"}
        headers = common | headers
        try:
            return self._pool.urlopen(
                request.method,
                self._prefix + request.path,
                body=request.body if upload is None else iter(upload),
                headers=headers,
                timeout=urllib3.Timeout(connect=connect_s, read=patience_s),
                retries=False,
                redirect=False,  # the key would go wherever a redirect says
                preload_content=preload,
            )
        except HTTPError as error:
            # Only the type: the text can quote what came instead of an answer.
            detail = f"{type(error).__name__}; what became of the request is unknown"
        return ConnectionFailed("connection-failed", detail, headers["X-Request-Id"])
