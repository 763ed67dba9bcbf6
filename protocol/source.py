"""The source of a portfolio that is not uploaded: a URI, read in one way by all who look at it.

The API asks before it accepts a campaign, the worker before it fetches. No library takes the URI
apart: what one of them reads as a host, another reads as a path.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from protocol.errors import LoanscoreError

#: Longest URI, characters.
LONGEST = 2_048
#: Stands in a prefix for the client of the key.
CLIENT = "{client}"
#: A bucket as S3 names it: no user, port or ARN.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
#: What stands between two slashes. No percent sign, so nothing is ever decoded; no backslash,
#: colon, query, fragment, blank or control character, so nothing is ever read in two ways.
_SEGMENT = re.compile(r"[A-Za-z0-9!$&'()+,;=@_~.-]+")


class SourceError(LoanscoreError):
    """A campaign cannot take its portfolio from the URI; the text does not repeat it."""


class Source(NamedTuple):
    """A checked URI in two pieces."""

    #: canonical, ends with "/", the client filled in
    prefix: str
    #: what follows: segments with "/" between them
    rest: str

    @property
    def uri(self) -> str:
        """The canonical URI."""
        return self.prefix + self.rest


def read(uri: str, prefixes: Iterable[str], client: str) -> str:
    """Give the canonical form of a URI that this client may name.

    >>> read("S3://books/acme/2026.csv", ["s3://books/{client}/"], "acme")
    's3://books/acme/2026.csv'

    Raises:
        SourceError: see `find`.
    """
    return find(uri, prefixes, client).uri


def find(uri: str, prefixes: Iterable[str], client: str) -> Source:
    """Find the prefix under which a client may name a URI.

    Args:
        uri: as it was sent.
        prefixes: `Settings.campaign_prefixes`.
        client: of the key, see `protocol.key.CLIENT`.
    Raises:
        SourceError: the URI could be read in more than one way, or is below no prefix.
    """
    roots = [prefix.replace(CLIENT, client) for prefix in prefixes]
    if not roots:
        raise SourceError("No portfolio is taken from a URI here; upload the file.")
    canonical = _canonical(uri)
    for root in roots:
        if canonical.startswith(root):
            return Source(root, canonical.removeprefix(root))
    raise SourceError(
        "The URI is below no prefix that you may read from; put the file below one"
        " (LOANSCORE_CAMPAIGN_PREFIXES), or upload it."
    )


def prefix(text: str) -> str:
    """Check a prefix of the settings, and give it with a slash at its end.

    >>> prefix("file:///srv/portfolios/{client}")
    'file:///srv/portfolios/{client}/'

    Raises:
        ValueError: no URI could be below it, or everything on this machine.
    """
    body = text.removesuffix("/")
    try:
        _canonical(body.replace(CLIENT, "client") + "/portfolio")
    except SourceError as error:
        raise ValueError(str(error)) from None
    scheme, rest = _split(body)
    if not rest:
        raise ValueError("it is the whole file system; name a folder")
    return f"{scheme}://{rest}/"


def _canonical(uri: str) -> str:
    if len(uri) > LONGEST:
        raise SourceError(f"The URI is longer than {LONGEST} characters; shorten it.")
    scheme, rest = _split(uri)
    _check(scheme, rest)
    return f"{scheme}://{rest}"


def _split(uri: str) -> tuple[str, str]:
    scheme, separator, rest = uri.partition("://")
    if not separator or scheme.lower() not in {"s3", "file"}:
        raise SourceError("The URI must begin with s3:// or file:///; correct it, or upload.")
    return scheme.lower(), rest


def _check(scheme: str, rest: str) -> None:
    place, slash, path = rest.partition("/")
    if scheme == "file" and place:
        raise SourceError("The URI names a host; write file:///, then the absolute path.")
    if scheme == "s3" and not (_BUCKET.fullmatch(place) and ".." not in place):
        raise SourceError(
            "The URI has no valid bucket; write s3://bucket/key without user, password or port."
        )
    if not slash or not path or any(not _SEGMENT.fullmatch(one) for one in path.split("/")):
        raise SourceError(_malformed(path))
    if {".", ".."} & set(path.split("/")):
        raise SourceError("The URI has a . or .. between slashes; write the path without.")


def _malformed(path: str) -> str:
    if "" in path.split("/"):
        return "The URI has nothing between two slashes or at its end; name one file."
    if "%" in path:
        return "The URI is percent-encoded; name a file whose name needs no encoding."
    return (
        "The URI has a character other than letters, digits and !$&'()+,;=@_~.- in its path;"
        " it takes no query, fragment, blank or backslash. Rename the file."
    )
