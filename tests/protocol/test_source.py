"""The URI of a portfolio: whatever could be read in two ways, or leads elsewhere, is refused."""

import posixpath
import re
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.key import CLIENT
from protocol.source import LONGEST, SourceError, find, prefix, read

PREFIXES = ("s3://books/{client}/", "file:///srv/portfolios/{client}/", "s3://shared-books/all/")
clients = st.from_regex(CLIENT.replace("$", r"\Z"))
pieces = st.sampled_from(
    [
        *"/\\%.:?#@~*{}[] \t\n\r\0;=é",
        *("..", "//", "/../", "%2e%2e", "%2F", "::", "a", "acme", "other", "x.csv", "?versionId=1"),
        *(
            "s3://",
            "file://",
            "file:///",
            "books/",
            "/srv/portfolios/",
            "shared-books/all/",
            "user:w@",
        ),
    ]
)
mixtures = st.lists(pieces, max_size=8).map("".join)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/srv/portfolios/acme/secret.csv",
        "srv/portfolios/acme/secret.csv",
        "http://books/acme/secret.csv",
        "https://169.254.169.254/acme/secret.csv",
        "s3a://books/acme/secret.csv",
        "simplecache::s3://books/acme/secret.csv",
        "s3:books/acme/secret.csv",
        " s3://books/acme/secret.csv",
        "s3://books/acme/secret.csv ",
        "s3://books/acme/secret.csv\n",
        "s3://books/acme/secret.csv\0",
        "s3://books/acme/a secret.csv",
        "s3://books/acme/sécret.csv",
        "s3://books/acme/secret.csv?versionId=1",
        "s3://books/acme/secret.csv#part",
        "s3://books/acme/secret::file:///etc/passwd",
        "s3://books/acme/*secret*.csv",
        "s3://books/acme/secret%2ecsv",
        "s3://books/acme/..%2fother/secret.csv",
        "s3://books/acme/../other/secret.csv",
        "s3://books/acme/./secret.csv",
        "s3://books/acme//secret.csv",
        "s3://books//acme/secret.csv",
        "s3://books/acme/secret/",
        "s3://books/acme/..",
        "s3://books/acme\\..\\secret.csv",
        "s3://books/acme/",
        "s3://books/acme",
        "s3://books",
        "s3:///acme/secret.csv",
        "s3://Books/acme/secret.csv",
        "s3://books:9000/acme/secret.csv",
        "s3://key:word@books/acme/secret.csv",
        "s3://arn:aws:s3:eu-west-3:1:accesspoint/books/acme/secret.csv",
        "s3://books..x/acme/secret.csv",
        "s3://books/acme-secret/secret.csv",
        "s3://books/other/secret.csv",
        "s3://books2/acme/secret.csv",
        "file://srv/portfolios/acme/secret.csv",
        "file://localhost/srv/portfolios/acme/secret.csv",
        "file:/srv/portfolios/acme/secret.csv",
        "file:////srv/portfolios/acme/secret.csv",
        "file:///srv/portfolios/acme/../other/secret.csv",
        "file:///srv/portfolios/other/secret.csv",
        "file:///srv/portfolios/{client}/secret.csv",
        "file:///etc/secret",
        "s3://books/acme/" + "secret" * LONGEST,
    ],
)
def test_a_uri_that_leads_elsewhere_or_is_ambiguous_is_refused_and_not_repeated(uri):
    with pytest.raises(SourceError) as caught:
        read(uri, PREFIXES, "acme")
    assert re.match(r"The URI .*[;.] ?.*\.$", str(caught.value))
    assert "secret" not in str(caught.value)
    assert "acme" not in str(caught.value)


def test_without_a_prefix_no_uri_is_taken():
    with pytest.raises(SourceError, match="upload"):
        read("s3://books/acme/x.csv", (), "acme")


@pytest.mark.parametrize(
    ("uri", "canonical", "rest"),
    [
        ("s3://books/acme/x.csv", "s3://books/acme/x.csv", "x.csv"),
        ("S3://books/acme/2026/day=3/x.csv.gz", None, "2026/day=3/x.csv.gz"),
        ("FILE:///srv/portfolios/acme/.x..csv", "file:///srv/portfolios/acme/.x..csv", ".x..csv"),
        ("s3://shared-books/all/~x(1)+2@3.csv", None, "~x(1)+2@3.csv"),
    ],
)
def test_a_uri_below_a_prefix_is_taken_in_one_spelling(uri, canonical, rest):
    found = find(uri, PREFIXES, "acme")
    assert found.rest == rest
    assert found.uri == read(uri, PREFIXES, "acme") == (canonical or uri.replace("S3:", "s3:"))


@given(mixtures, clients)
@example("s3://books/acme/%2e%2e/x.csv", "acme")
def test_nothing_that_is_accepted_leads_outside_a_prefix(text, client):
    roots = [one.replace("{client}", client) for one in PREFIXES]
    for uri in (text, *(root + text for root in roots)):
        try:
            accepted = read(uri, PREFIXES, client)
        except SourceError:
            continue
        parts = urlsplit(accepted)
        path = posixpath.normpath(unquote(parts.path))
        assert (path, parts.query, parts.fragment) == (parts.path, "", "")
        assert any(f"{parts.scheme}://{parts.netloc}{path}".startswith(root) for root in roots)
        assert read(accepted, PREFIXES, client) == accepted


@given(clients, clients, mixtures)
def test_no_client_reaches_what_is_below_another_s_prefix(client, other, text):
    private = PREFIXES[:2]
    for root in private:
        uri = root.replace("{client}", other) + text
        if client != other:
            with pytest.raises(SourceError):
                read(uri, private, client)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "books",
        "/srv/portfolios/",
        "http://books/",
        "s3://",
        "s3://b",
        "s3://key:word@books/",
        "file:///",
        "file://",
        "file://srv/",
        "file:///srv/../etc/",
        "file:///srv//x/",
        "s3://books/{owner}/",
        "s3://books/x%20y/",
        "s3://books/?x/",
    ],
)
def test_a_prefix_that_could_not_be_meant_is_refused(text):
    with pytest.raises(ValueError, match=r"The URI|whole file system"):
        prefix(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("s3://books", "s3://books/"),
        ("S3://books-{client}/in", "s3://books-{client}/in/"),
        ("file:///srv/{client}/", "file:///srv/{client}/"),
    ],
)
def test_a_prefix_ends_with_a_slash(text, canonical):
    assert prefix(text) == canonical
