"""Look a host up once, and pick the one address that a delivery connects to."""

import queue
import socket
import threading
from collections.abc import Iterable

from protocol.addresses import Network, permitted


class LookupFailed(Exception):
    """There is no address to connect to; the text is a word for the delivery log."""


def pick(host: str, allowed: Iterable[Network], within_s: float) -> str:
    """Find an address of a host that a webhook may be sent to, IPv4 first.

    What is checked here is what is connected to: a name that answers differently the next time it
    is asked (DNS rebinding) is not asked again.

    Args:
        host: a name, or an address in any spelling.
        allowed: see `protocol.addresses.permitted`.
        within_s: give up after this many seconds; the resolver itself knows no such limit.
    Raises:
        LookupFailed: no answer, no such host, or none of its addresses is permitted.
    """
    addresses = _look_up(host, within_s)
    for address in addresses:
        if permitted(address, allowed):
            return address
    raise LookupFailed("address-refused")


def _look_up(host: str, within_s: float) -> list[str]:
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        answers.put([str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0])])

    threading.Thread(target=ask, name="lookup", daemon=True).start()
    try:
        addresses = answers.get(timeout=within_s)
    except queue.Empty:
        raise LookupFailed("lookup-timed-out") from None
    if not addresses:
        raise LookupFailed("host-unknown")
    return addresses
