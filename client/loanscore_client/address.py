"""Where the service is, and whether a key may be sent there."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Address:
    """Scheme, host and port, and the path a gateway may put before the routes."""

    origin: str
    prefix: str

    @classmethod
    def read(cls, url: str, *, allow_plain_http: bool) -> Address:
        """Check the URL of a service.

        >>> Address.read("https://loans.example/scoring/", allow_plain_http=False)
        Address(origin='https://loans.example', prefix='/scoring')

        Raises:
            ValueError: it is no http(s) URL, holds a password, a query or a fragment, or is plain
                http:// to another machine, where everyone on the way could read the key.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("url must be https://host[:port][/path]")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("url must hold no user, password, query or fragment")
        if parts.scheme == "http" and not (allow_plain_http or _is_loopback(parts.hostname)):
            raise ValueError(
                "url is plain http:// to another machine: the key would be readable on the way;"
                " use https://, or say allow_plain_http=True where the network is your own"
            )
        return cls(f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/"))


def _is_loopback(host: str) -> bool:
    """Tell this machine's own names.

    >>> [_is_loopback(host) for host in ("localhost", "127.0.0.9", "::1")]
    [True, True, True]
    >>> [_is_loopback(host) for host in ("localhost.example", "10.0.0.1", "127.0.0.1.example")]
    [False, False, False]
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
