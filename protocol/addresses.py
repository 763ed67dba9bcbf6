"""Which IP addresses a webhook may be sent to: public ones, and those an operator allows.

Callers choose the URL, so without this rule the postman would knock at whatever its network
reaches: the cloud's metadata service, Redis, the API itself.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Only here are public IPv6 hosts; `is_global` alone also passes ranges nobody has assigned.
_UNICAST = IPv6Network("2000::/3")
#: The last 32 bits are the IPv4 address that a NAT64 gateway goes on to.
_NAT64 = IPv6Network("64:ff9b::/96")
#: IPv4 relays of 6to4, gone since RFC 7526, but still "global".
_RELAYS = IPv4Network("192.88.99.0/24")


def permitted(address: str, allowed: Iterable[Network]) -> bool:
    """Say whether a webhook may be sent to an address.

    >>> permitted("8.8.8.8", ()), permitted("169.254.169.254", ()), permitted("::ffff:10.0.0.1", ())
    (True, False, False)

    Args:
        address: as the resolver gives it, perhaps with a zone ("fe80::1%eth0").
        allowed: networks that are permitted although they are not public.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        within = _carried(parsed)
        if within is not None:
            return permitted(str(within), allowed)
    if any(parsed in network for network in allowed):
        return True
    return parsed.is_global and not parsed.is_multicast and _is_assigned(parsed)


def literal(host: str) -> str | None:
    """Read a host that is an address in any spelling the resolver takes; None for a name.

    >>> literal("0x7f.1"), literal("2130706433"), literal("example.com")
    ('127.0.0.1', '127.0.0.1', None)
    """
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])


def _carried(address: IPv6Address) -> IPv4Address | None:
    """Find the IPv4 address that a packet to this one ends at."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_assigned(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        return address in _UNICAST
    return address not in _RELAYS
