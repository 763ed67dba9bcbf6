"""Carry one message to one URL over HTTP, trusting neither the URL nor who answers there.

No redirect is followed, no proxy of the environment used, no cookie kept, no body looked at.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import NamedTuple

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, SSLError

from protocol.destination import Destination, DestinationError, read
from protocol.settings import Settings
from worker.deadline import Deadline
from worker.lookup import LookupFailed, pick

#: What is read of an answer's body, bytes; the status has come before.
ANSWER_BYTES = 16_384


class Answer(NamedTuple):
    """How a message was received."""

    #: HTTP status, None when there was no answer
    status: int | None
    #: why there was none, a word for the delivery log
    error: str | None
    ms: int


class Carrier:
    """Sends messages; one may be used by many threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tls = ssl.create_default_context()

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one message and wait for the status of its answer, never longer than the timeout."""
        began = time.monotonic()
        status, error = self._attempt(url, headers, body)
        return Answer(status, error, round((time.monotonic() - began) * 1_000))

    def _attempt(
        self, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int | None, str | None]:
        deadline = Deadline(self._settings.webhook_timeout_s)
        try:
            with deadline:
                return self._exchange(read(url, self._settings), headers, body, deadline), None
        except DestinationError:
            return None, "url-refused"
        except LookupFailed as failed:
            return None, str(failed)
        except (OSError, HTTPException, HTTPError) as error:
            return None, "timed-out" if deadline.passed else _named(error)

    def _exchange(
        self, to: Destination, headers: Mapping[str, str], body: bytes, deadline: Deadline
    ) -> int:
        address = pick(to.host, self._settings.webhook_allow_nets, deadline.left())
        connection = self._connection(to, address, deadline)
        try:
            connection.request(
                "POST",
                to.target,
                body=body,
                headers={**headers, "Host": to.host_header, "Connection": "close"},
                preload_content=False,
                decode_content=False,
            )
            answer = connection.getresponse()
            deadline.left()  # headers that were cut off look like headers that ended
            _drain(answer.read)
            return answer.status
        finally:
            connection.close()

    def _connection(self, to: Destination, address: str, deadline: Deadline) -> HTTPConnection:
        if to.scheme == "http":
            return _Plain(address, to.port, deadline)
        return _Secure(address, to.port, deadline, self._tls, to.host)


def _drain(read_some: Callable[[int], bytes]) -> None:
    """Read a little of the body, so that a receiver is not cut off while it still writes.

    The status says all; whatever is wrong with the body does not make a delivery undelivered.
    """
    with contextlib.suppress(OSError, HTTPException, HTTPError):
        read_some(ANSWER_BYTES)


class _Plain(HTTPConnection):
    """A connection to one address under one deadline."""

    def __init__(self, address: str, port: int, deadline: Deadline) -> None:
        super().__init__(address, port, timeout=deadline.left())
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        return _connect(self.host, self.port, self._deadline)


class _Secure(HTTPSConnection):
    """The same over TLS: the certificate must be the name's, not the address's."""

    def __init__(
        self, address: str, port: int, deadline: Deadline, tls: ssl.SSLContext, name: str
    ) -> None:
        super().__init__(
            address, port, timeout=deadline.left(), ssl_context=tls, server_hostname=name
        )
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        return _connect(self.host, self.port, self._deadline)


def _connect(address: str, port: int, deadline: Deadline) -> socket.socket:
    connected = socket.create_connection((address, port), timeout=deadline.left())
    deadline.watch(connected)
    return connected


def _named(error: Exception) -> str:
    if isinstance(error, ssl.SSLError | SSLError):
        return "tls-failed"
    if isinstance(error, TimeoutError):
        return "timed-out"
    return "connection-failed" if isinstance(error, OSError) else "answer-malformed"
