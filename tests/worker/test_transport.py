"""The worker's transport: by every kind of URL, with what the URL says."""

import json
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator

import pytest
import redis

from api.queue import Doorbell
from protocol import names
from protocol.ledger import Ledger, connect
from protocol.settings import Settings
from worker import transport
from worker.app import create_scores_app
from worker.tasks import ring

SCORES = (names.SCORES_DOORBELL, names.SCORES_QUEUE)
PASSWORD = "p@ss:w/rd?%#"
QUOTED = "p%40ss%3Aw%2Frd%3F%25%23"


@pytest.fixture
def worker_app(champion):
    return lambda url: create_scores_app(Settings(redis_url=url), champion)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h:7000/2", {"host": "h", "port": 7000, "db": 2}),
        (f"redis://u:{QUOTED}@h/0", {"username": "u", "password": PASSWORD, "host": "h", "db": 0}),
        (f"rediss://u:{QUOTED}@h:7000", {"username": "u", "password": PASSWORD, "port": 7000}),
        ("rediss://h?ssl_ca_certs=/ca.pem", {"ssl_ca_certs": "/ca.pem", "host": "h"}),
        (
            f"unix://u:{QUOTED}@/run/r.sock?db=3",
            {"username": "u", "password": PASSWORD, "path": "/run/r.sock", "db": 3},
        ),
    ],
)
def test_a_url_is_read_as_the_ledger_reads_it(worker_app, url, expected):
    connection = worker_app(url).connection_for_read()
    channel = object.__new__(transport.Channel)  # the constructor would connect
    channel.connection = connection.transport
    arguments = channel._connparams()
    assert type(connection.transport) is transport.Transport
    assert arguments | expected == arguments
    assert issubclass(arguments["connection_class"], ssl_or_plain(url))


def ssl_or_plain(url: str) -> type:
    kinds = {
        "redis": redis.Connection,
        "rediss": redis.SSLConnection,
        "unix": redis.UnixDomainSocketConnection,
    }
    return kinds[url.partition(":")[0]]


def test_the_log_shows_no_password(worker_app):
    for scheme in ("redis", "rediss"):
        shown = worker_app(f"{scheme}://u:{QUOTED}@h:7000/0").connection_for_read().as_uri()
        assert QUOTED not in shown
    shown = worker_app(f"unix://u:{QUOTED}@/run/r.sock").connection_for_read().as_uri()
    assert QUOTED not in shown


class Relay(socketserver.ThreadingTCPServer):
    """Carries bytes between a TCP port, with TLS or without, and Redis's socket."""

    daemon_threads = True

    def __init__(self, path: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Carry)
        self.path = path
        self.tls = tls
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Carry(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            near = self.request
            if self.server.tls:
                near = self.server.tls.wrap_socket(near, server_side=True)
        except OSError:  # the caller trusts no one it does not know
            return
        with near, socket.socket(socket.AF_UNIX) as far:
            far.connect(self.server.path)
            back = threading.Thread(target=carry, args=(far, near), daemon=True)
            back.start()
            carry(near, far)
            far.shutdown(socket.SHUT_RDWR)
            back.join()


def carry(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(65_536):
            other.sendall(data)
    except OSError:
        return


@pytest.fixture
def relays(redis_url, tmp_path) -> Iterator[dict[str, str]]:
    """URLs of the tests' Redis by TCP and by TLS."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    options = ["-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    names_of = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", key, "-out", certificate]
    command = ["openssl", "req", "-x509", *options, *names_of, *files]
    subprocess.run(command, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    path = redis_url.removeprefix("unix://")
    with Relay(path, None) as plain, Relay(path, tls) as over_tls:
        unknown = f"rediss://127.0.0.1:{over_tls.server_address[1]}/0"
        yield {
            "unix": redis_url,
            "redis": f"redis://127.0.0.1:{plain.server_address[1]}/0",
            "rediss": f"{unknown}?ssl_ca_certs={certificate}",
            "rediss, unknown": unknown,
        }
        plain.shutdown()
        over_tls.shutdown()


@pytest.mark.parametrize("kind", ["unix", "redis", "rediss"])
def test_both_ends_of_the_queue_and_the_ledger_work_by_every_kind_of_url(
    client, worker_app, relays, kind
):
    app, settings = worker_app(relays[kind]), Settings(redis_url=relays[kind])
    ring(app, *SCORES)
    Doorbell(settings).ring()
    queued = client.lrange(names.TAG + names.SCORES_QUEUE, 0, -1)
    assert [json.loads(one)["headers"]["task"] for one in queued] == [names.SCORES_DOORBELL] * 2
    with connect(settings.redis) as connection:
        assert Ledger(connection, settings).live_workers() == []


def test_a_server_whose_certificate_nobody_vouches_for_is_not_talked_to(client, worker_app, relays):
    url = relays["rediss, unknown"]
    ring(worker_app(url), *SCORES)
    Doorbell(Settings(redis_url=url)).ring()
    assert client.llen(names.TAG + names.SCORES_QUEUE) == 0
    with connect(url) as connection, pytest.raises(redis.ConnectionError):
        connection.ping()


def test_the_queue_is_bounded(client, worker_app, redis_url):
    app = worker_app(redis_url)
    for _ in range(transport.LONGEST_QUEUE + 10):
        ring(app, *SCORES)
    assert client.llen(names.TAG + names.SCORES_QUEUE) == transport.LONGEST_QUEUE
