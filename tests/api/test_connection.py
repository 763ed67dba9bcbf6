"""A request that is refused before its body has come does not cost the caller the next one."""

import http.client
import socket
from urllib.parse import urlsplit

import pytest

BODY = b'{"url": "https://example.com/"}'


@pytest.fixture
def connection(service):
    address = urlsplit(service.url)
    held = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    yield held
    held.close()


def ask(connection, method, path, headers, length=None):
    """Send the head, let the service answer if it will, then send the body."""
    connection.putrequest(method, path)
    for name, value in (headers | {"Content-Length": str(length or len(BODY))}).items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection


def until_answered(connection, seconds):
    """Whether an answer came before the body was sent."""
    connection.sock.settimeout(seconds)
    try:
        return bool(connection.sock.recv(1, socket.MSG_PEEK))
    except TimeoutError:
        return False
    finally:
        connection.sock.settimeout(10)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/nothing", 404),
        ("PUT", "/v1/scores", 405),
        ("GET", "/livez", 200),
        ("POST", "/v1/scores/sc_1/cancel", 404),
        ("POST", "/v1/scores", 415),
    ],
)
def test_the_connection_is_kept(connection, http, method, path, status):
    bearer = {"Authorization": http.headers["Authorization"]}
    for _ in range(3):
        ask(connection, method, path, bearer)
        assert not until_answered(connection, 0.05)
        connection.send(BODY)
        response = connection.getresponse()
        response.read()
        assert response.status == status
        assert not response.will_close


def test_who_has_no_key_is_not_waited_for_and_is_told_that_the_connection_ends(connection):
    ask(connection, "POST", "/v1/scores", {"Authorization": "Bearer none"})
    response = connection.getresponse()
    assert response.status == 401
    assert response.will_close


def test_a_body_above_the_limit_is_not_waited_for(connection, http):
    bearer = {"Authorization": http.headers["Authorization"], "Content-Type": "application/json"}
    ask(connection, "POST", "/v1/scores", bearer, length=100_000_000)
    response = connection.getresponse()
    assert response.status == 413
    assert response.will_close
