"""A small real HTTP server that answers what a test wrote down, in that order."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Read the whole request, then close the connection without a word.
DROP = "drop"


@dataclass
class Seen:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Script:
    """What to answer: (status, headers, body) each, or DROP."""

    url: str
    answers: list = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    connections: set = field(default_factory=set)

    def then(self, status, document=None, content_type="application/json", **headers):
        """Add an answer; header names are written with _ for -."""
        body = document if isinstance(document, bytes) else json.dumps(document or {}).encode()
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        self.answers.append((status, {"Content-Type": content_type} | named, body))
        return self

    def problem(self, status, code, errors=(), **headers):
        document = {"code": code, "detail": "A sentence.", "errors": list(errors)}
        return self.then(status, document, "application/problem+json", **headers)

    def cut(self, status, body, size, **headers):
        """Answer with the first bytes of a body of `size` bytes, then close the connection."""
        return self.then(
            status, body, "text/csv", Content_Length=size, Connection="close", **headers
        )

    def drop(self):
        self.answers.append(DROP)
        return self


class Server(ThreadingHTTPServer):
    """Says nothing when a caller goes away, which tests make callers do."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def scripted() -> Iterator[Script]:
    """Serve a script on a loopback port while the block runs."""
    script = Script("")
    server = Server(("127.0.0.1", 0), _handler(script))
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.body()
            script.seen.append(Seen(self.command, self.path, headers, body))
            script.connections.add(self.client_address)
            said = script.answers.pop(0)
            if said == DROP:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            status, headers, body = said
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204 and "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)

        def body(self):
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            blocks = []
            while length := int(self.rfile.readline(), 16):
                blocks.append(self.rfile.read(length))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(blocks)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815

        def log_message(self, *_):
            """Say nothing."""

    return Handler
