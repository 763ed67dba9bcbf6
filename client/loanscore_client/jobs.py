"""What scores, batches and campaigns have in common: create, look, wait, cancel, erase."""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar, Union

from loanscore_client.answer import Answer, unreadable
from loanscore_client.answers import Accepted, Batch, Score
from loanscore_client.campaign import Campaign
from loanscore_client.errors import Gone, StillRunning
from loanscore_client.transport import Request, Transport

if TYPE_CHECKING:
    from loanscore_client.documents import Document
    from loanscore_client.retries import Clock

#: Longest the service holds one answer back, s.
WAIT_CAP_S = 30
#: Least time between two looks at a job where the service does not say otherwise, s.
LOOK_EVERY_S = 1.0

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_KEY = re.compile(r"[!-~]{1,255}")
_Job = TypeVar("_Job", bound=Union[Score, Batch, Campaign])
_T = TypeVar("_T")


class Jobs(Generic[_Job]):
    """One collection of the service.

    Args:
        transport: sends the calls.
        clock: measures the waiting.
        path: of the collection.
        read: turns a document into a job.
    """

    def __init__(
        self, transport: Transport, clock: Clock, path: str, read: Callable[[Document], _Job]
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._path = path
        self._job = read

    def create(self, body: dict[str, Any], key: str | None) -> Accepted:
        """Put a job on record; the key is made here when None."""
        return self.send(self._creation(body, key, 0))

    def send(self, request: Request) -> Accepted:
        """Put a job on record with a request of the caller's own."""
        answer = self._transport.call(request)
        return read_answer(lambda document: _accepted(document, answer, request), answer)

    def create_and_wait(self, body: dict[str, Any], key: str | None, wait_s: float) -> _Job:
        """Put a job on record and wait until it is final."""
        ends = self._clock.monotonic() + wait_s
        request = self._creation(body, key, _held_s(wait_s))
        answer = self._transport.call(request)
        if answer.status == 200 and "created_at" in answer.document:
            job = read_answer(self._job, answer)
            if job.final:
                return job
        accepted = read_answer(lambda document: _accepted(document, answer, request), answer)
        return self._wait_until(accepted.id, ends)

    def get(self, job_id: str, wait_s: float) -> _Job:
        """Look at a job."""
        request = Request("GET", self.place(job_id), wait_s=_held_s(wait_s))
        return read_answer(self._job, self._transport.call(request))

    def wait(self, job_id: str, wait_s: float) -> _Job:
        """Wait until a job is final."""
        return self._wait_until(job_id, self._clock.monotonic() + wait_s)

    def turn(self, job_id: str, what: str) -> _Job:
        """Cancel a job, or what else it can be told."""
        request = Request("POST", f"{self.place(job_id)}/{what}")
        return read_answer(self._job, self._transport.call(request))

    def erase(self, job_id: str) -> None:
        """Erase a job; that it is gone already is as good."""
        try:
            self._transport.call(Request("DELETE", self.place(job_id)))
        except Gone:
            return

    def _wait_until(self, job_id: str, ends: float) -> _Job:
        while True:
            began = self._clock.monotonic()
            held_s = _held_s(ends - began)
            answer = self._transport.call(Request("GET", self.place(job_id), wait_s=held_s))
            job = read_answer(self._job, answer)
            if job.final:
                return job
            now = self._clock.monotonic()
            if now >= ends:
                raise StillRunning(job_id, answer.request_id)
            # A service that does not hold its answers back must not be asked in a tight loop.
            every_s = LOOK_EVERY_S if answer.retry_after_s is None else answer.retry_after_s
            self._clock.sleep(min(max(0.0, every_s - (now - began)), ends - now))

    def _creation(self, body: dict[str, Any], key: str | None, wait_s: int) -> Request:
        given = {name: value for name, value in body.items() if value is not None}
        written = json.dumps(given, allow_nan=False, separators=(",", ":")).encode()
        return Request("POST", self._path, written, idempotency_key(key), wait_s)

    def place(self, job_id: str) -> str:
        """Give the path of a job.

        Raises:
            ValueError: no job can have this id.
        """
        return place(self._path, job_id)


def _accepted(document: Document, answer: Answer, request: Request) -> Accepted:
    if not _ID.fullmatch(document["id"]):
        raise ValueError("no id")
    key = request.idempotency_key or ""
    return Accepted(document["id"], str(document["status"]), answer.replayed, key)


def place(path: str, one_id: str) -> str:
    """Give the path of one of a collection.

    Raises:
        ValueError: none can have this id.
    """
    if not _ID.fullmatch(one_id):
        raise ValueError("this is no id of the service")
    return f"{path}/{one_id}"


def idempotency_key(given: str | None) -> str:
    """Make a key, or check the one that was given.

    Raises:
        ValueError: it cannot be sent.
    """
    key = str(uuid.uuid4()) if given is None else given
    if not _KEY.fullmatch(key):
        raise ValueError("idempotency_key must be 1 to 255 visible ASCII characters")
    return key


def read_answer(read: Callable[[Document], _T], answer: Answer) -> _T:
    """Read the document of an answer.

    Raises:
        ApiError: it is not the contract's.
    """
    try:
        return read(answer.document)
    except (LookupError, TypeError, ValueError, AttributeError):
        error = unreadable(answer.status, answer.request_id)
    raise error


def _held_s(wait_s: float) -> int:
    """Say how long one answer may be held back.

    >>> [_held_s(seconds) for seconds in (-1, 0, 0.9, 12.7, 300)]
    [0, 0, 0, 12, 30]
    """
    return max(0, min(WAIT_CAP_S, int(wait_s)))
