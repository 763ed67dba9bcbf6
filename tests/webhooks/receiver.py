"""A real receiver of webhooks on loopback, which behaves as a test tells it."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Received(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    server: "Receiver"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        behaviour = self.server.note(Received(self.path, headers, body, time.monotonic()))
        behaviour(self)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


class Receiver(ThreadingHTTPServer):
    """Behaves as the list says, its last item again and again."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *behaviours: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours = list(behaviours) or [answers(204)]
        self.received: list[Received] = []
        self.going = threading.Event()
        self.scheme = "http"
        self._lock = threading.Lock()

    def note(self, received: Received) -> Behaviour:
        with self._lock:
            self.received.append(received)
            nth = min(len(self.received), len(self.behaviours)) - 1
        return self.behaviours[nth]

    def url(self, host: str = "127.0.0.1", path: str = "/hook") -> str:
        return f"{self.scheme}://{host}:{self.server_port}{path}"

    def wait(self, count: int, seconds: float = 20) -> list[Received]:
        ends = time.monotonic() + seconds
        while len(self.received) < count:
            assert time.monotonic() < ends, f"{len(self.received)} of {count} came"
            time.sleep(0.01)
        return self.received

    def handle_error(self, *_: object) -> None:
        """A cut connection is what some tests are about."""


@contextmanager
def receiver(*behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    server = Receiver(*behaviours)
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.going.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    def behave(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def hangs(handler: Handler) -> None:
    """Say nothing until the test is over."""
    handler.server.going.wait()


def drops(handler: Handler) -> None:
    """End the connection without an answer."""
    handler.close_connection = True


def drips(before: bytes) -> Behaviour:
    """Send one byte every 20 ms, for as long as the other side listens."""

    def behave(handler: Handler) -> None:
        handler.wfile.write(before)
        while not handler.server.going.wait(0.02):
            handler.wfile.write(b"x")

    return behave


def floods(sent: list[int]) -> Behaviour:
    """Answer 200 and send a body without end; `sent` has the bytes that went."""

    def behave(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        sent.append(0)
        while not handler.server.going.is_set():
            handler.wfile.write(b"x" * 65_536)
            sent[-1] += 65_536

    return behave
