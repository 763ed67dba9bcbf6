"""Where a postman does not go: private addresses, wrong certificates, plain HTTP."""

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.webhooks.receiver import receiver


class Pki(NamedTuple):
    """An authority of the tests' own and a certificate of it for `localhost`."""

    authority: Path
    context: ssl.SSLContext


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    here = tmp_path_factory.mktemp("pki")
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    make += ["-nodes", "-days", "2"]
    authority = ["-subj", "/CN=tests", "-keyout", here / "ca.key", "-out", here / "ca.pem"]
    authority += ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    server = ["-subj", "/CN=localhost", "-keyout", here / "own.key", "-out", here / "own.pem"]
    server += ["-addext", "subjectAltName=DNS:localhost", "-CA", here / "ca.pem"]
    server += ["-CAkey", here / "ca.key", "-addext", "basicConstraints=critical,CA:FALSE"]
    for rest in (authority, server):
        subprocess.run([*make, *rest], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(here / "own.pem", here / "own.key")
    return Pki(here / "ca.pem", context)


def first_entry(post, url: str, extra: dict[str, str] | None = None, **variables: object):
    webhook, _ = post.hook(url)
    post.finish(webhook)
    post.start(extra, **variables)
    return post.log(webhook, 1)[0]


def trusting(pki: Pki) -> dict[str, str]:
    return {"SSL_CERT_FILE": str(pki.authority)}


def test_a_certificate_of_an_unknown_authority_is_refused(post, pki):
    with receiver(tls=pki.context) as there:
        entry = first_entry(post, there.url("localhost"), webhook_allow_http=False)
        assert (entry["outcome"], entry["error"]) == ("retrying", "tls-failed")
        assert there.received == []


def test_a_certificate_for_another_name_is_refused(post, pki):
    with receiver(tls=pki.context) as there:
        entry = first_entry(post, there.url("127.0.0.1"), trusting(pki))
        assert (entry["outcome"], entry["error"]) == ("retrying", "tls-failed")
        assert there.received == []


def test_a_certificate_for_the_name_is_taken_though_an_address_is_called(post, pki):
    asked: list[str | None] = []
    pki.context.sni_callback = lambda _, name, __: asked.append(name)
    with receiver(tls=pki.context) as there:
        entry = first_entry(post, there.url("localhost"), trusting(pki), webhook_allow_http=False)
        assert entry["outcome"] == "delivered", entry
        assert there.received[0].headers["host"] == f"localhost:{there.server_port}"
    assert asked == ["localhost"]


def test_a_handshake_that_never_ends_is_cut(post):
    with receiver() as there:  # it speaks no TLS: it waits for the end of a request line
        entry = first_entry(post, there.url().replace("http:", "https:"))
        assert entry["error"] in {"timed-out", "tls-failed"}
        assert there.received == []


def test_plain_http_is_refused_when_it_is_not_allowed_any_more(post):
    with receiver() as there:
        entry = first_entry(post, there.url(), webhook_allow_http=False)
        assert entry["error"] == "url-refused"
        assert there.received == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::1]"])
def test_loopback_is_refused_by_name_and_in_every_spelling(post, host):
    with receiver() as there:
        entry = first_entry(post, there.url(host), webhook_allow_nets="")
        assert entry["outcome"] == "retrying"
        assert entry["error"] in {"address-refused", "url-refused"}
        assert there.received == []


def test_a_name_is_judged_by_what_it_resolves_to(post):
    with receiver() as there:
        entry = first_entry(post, there.url("localhost"), webhook_allow_nets="10.0.0.0/8")
        assert entry["error"] == "address-refused"


def test_a_name_nobody_has_is_a_failure_like_another(post):
    entry = first_entry(post, "http://no-such-host.invalid/")
    assert entry["error"] in {"host-unknown", "lookup-timed-out"}
    assert entry["outcome"] == "retrying"
