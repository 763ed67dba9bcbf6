"""The destination of a webhook: a URL, read in one way by those who check it and who call it."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from protocol.addresses import literal, permitted
from protocol.errors import LoanscoreError
from protocol.settings import Settings

#: Longest URL, characters.
LONGEST = 2_048
#: Visible ASCII without what parsers disagree about: backslash, fragment, quotes, angle brackets.
_URL = re.compile(r"https?://[!$-;=?-\[\]_a-z~]+", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_DEFAULT_PORT = {"https": 443, "http": 80}


class DestinationError(LoanscoreError):
    """The URL cannot be a webhook's; the text says why and does not repeat it."""


class Destination(NamedTuple):
    """Where to send: the parts of a checked URL."""

    #: https, or http where that is allowed
    scheme: str
    #: a name or an address, IPv6 without brackets
    host: str
    port: int
    #: path and query
    target: str

    @property
    def host_header(self) -> str:
        """The Host header: the port stands in it unless it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORT[self.scheme] else f"{host}:{self.port}"


def read(url: str, settings: Settings) -> Destination:
    """Check a URL as far as can be without looking its host up.

    Raises:
        DestinationError: it is not https, too long, malformed, carries a user, or its host is an
            address that is not public.
    """
    if len(url) > LONGEST:
        raise DestinationError(f"The URL is longer than {LONGEST} characters.")
    if not _URL.fullmatch(url):
        raise DestinationError("The URL must be https:// in plain ASCII, without a fragment.")
    destination = _split(url)
    if destination.scheme == "http" and not settings.webhook_allow_http:
        raise DestinationError("The URL must begin with https://.")
    address = literal(destination.host)
    if address is not None and not permitted(address, settings.webhook_allow_nets):
        raise DestinationError("The URL's address is not a public one.")
    return destination


def _split(url: str) -> Destination:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise DestinationError("The URL has no valid host and port.") from None
    if "@" in parts.netloc:
        raise DestinationError("The URL must not carry a user or password.")
    if not _NAME.fullmatch(host) and not (":" in host and "%" not in host and literal(host)):
        raise DestinationError("The URL has no valid host and port.")
    if port == 0 or parts.netloc.endswith(":"):
        raise DestinationError("The URL has no valid host and port.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme, host, port or _DEFAULT_PORT[parts.scheme], target)
