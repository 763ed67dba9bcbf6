"""The one tree of errors; no text of theirs holds the key or anything of an applicant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault of a request."""

    #: JSON Pointer (RFC 6901) to the faulty place of the body
    pointer: str
    code: str
    detail: str


class LoanscoreError(Exception):
    """Anything this package raises about the service.

    Args:
        code: a stable word to act on; the contract's, or this package's own.
        detail: one sentence for people.
        request_id: X-Request-Id of the call, to be found in the service's logs.
    """

    def __init__(self, code: str, detail: str, request_id: str | None = None) -> None:
        super().__init__(code, detail, request_id)
        self.code = code
        self.detail = detail
        self.request_id = request_id
        #: of the create call that failed: the same call with it again can make no second job
        self.idempotency_key: str | None = None

    def __str__(self) -> str:
        """Show code and request id.

        >>> str(ConnectionFailed("connection-failed", "ReadTimeoutError, 6 attempts", "4f0c"))
        'connection-failed: ReadTimeoutError, 6 attempts (request 4f0c)'
        """
        return f"{self.code}: {self.detail} (request {self.request_id or 'unknown'})"


class ConnectionFailed(LoanscoreError):
    """No answer came; whether the service did what was asked is unknown."""


class StillRunning(LoanscoreError):
    """The time to wait is up and the job is not final; it goes on, ask again.

    Args:
        job_id: the score or the batch that is still at work.
        request_id: of the last look at it.
    """

    def __init__(self, job_id: str, request_id: str | None = None) -> None:
        super().__init__("still-running", f"{job_id} is not final yet", request_id)
        self.id = job_id


class Damaged(LoanscoreError):
    """A file came with other bytes than the service has; what came was thrown away."""

    def __init__(self, request_id: str | None = None) -> None:
        super().__init__("damaged-file", "it is not the file the service has", request_id)


class BadSignature(LoanscoreError):
    """A webhook that must not be believed: forged, changed, too old, or no event."""

    def __init__(self, detail: str) -> None:
        super().__init__("bad-signature", detail)

    def __str__(self) -> str:
        """Show the code; no request of this package is involved."""
        return f"{self.code}: {self.detail}"


class ApiError(LoanscoreError):
    """The service, or a proxy before it, answered with an error.

    Args:
        status: HTTP status, 300 to 599; 200 to 299 with code unreadable-answer.
        code: the contract's code; without a problem document http-<status>, redirect or
            unreadable-answer.
        detail: one sentence for people.
        request_id: X-Request-Id of the call.
        faults: what a 422 found wrong, all at once.
        retry_after_s: when the service asks to come back, s; None: it did not say.
    """

    def __init__(  # noqa: PLR0913 - the problem document has these parts
        self,
        status: int,
        code: str,
        detail: str,
        request_id: str | None = None,
        *,
        faults: tuple[Fault, ...] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(code, detail, request_id)
        self.status = status
        self.errors = list(faults)
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        """Show status, code and request id; faults are in `errors` alone.

        >>> str(NotFound(404, "not-found", "No score has this id.", "4f0c"))
        '404 not-found: No score has this id. (request 4f0c)'
        """
        return f"{self.status} {super().__str__()}"


class Unauthorized(ApiError):
    """401: the key is missing, unknown or expired."""


class Forbidden(ApiError):
    """403: the key's scopes do not allow this."""


class NotFound(ApiError):
    """404: it never existed, or is not yours."""


class Conflict(ApiError):
    """409: its state does not allow this: it is final already, or its files are not there yet."""


class Gone(ApiError):
    """410: it was here and is no more: erased, or kept for its time."""


class Invalid(ApiError):
    """422: the request has faults, each in `errors`."""


class KeyReused(ApiError):
    """422: this idempotency key was used for another body."""


class RateLimited(ApiError):
    """429: too many calls; `retry_after_s` says when to come back."""


class Unavailable(ApiError):
    """502, 503 or 504: the service cannot answer now, even after the repeats."""


_OF_STATUS: dict[int, type[ApiError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    422: Invalid,
    429: RateLimited,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def error_class(status: int, code: str) -> type[ApiError]:
    """Find the class of an error.

    >>> error_class(422, "idempotency-key-reused").__name__
    'KeyReused'
    >>> error_class(418, "http-418").__name__
    'ApiError'
    """
    return KeyReused if code == "idempotency-key-reused" else _OF_STATUS.get(status, ApiError)
