"""Believe a webhook, or not: Standard Webhooks, symmetric signatures (v1).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loanscore_client.errors import BadSignature

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Event:
    """What a webhook tells."""

    #: webhook-id: the same however often the event is delivered; act on it once
    id: str
    type: str
    #: when it happened, RFC 3339
    timestamp: str
    data: dict[str, Any] = field(repr=False)


def verify(
    payload: bytes,
    headers: Mapping[str, str],
    secrets: Sequence[str],
    tolerance_s: float = 300,
    *,
    _now: float | None = None,
) -> Event:
    """Check a webhook's signature and age, then read it.

    >>> headers = {
    ...     "webhook-id": "msg_1",
    ...     "webhook-timestamp": "1700000000",
    ...     "webhook-signature": "v1,eyWr0smHxlF80uKv8EwUzQGJj5y8HBh6qOsLX0Xx/G4=",
    ... }
    >>> payload = b'{"type": "score.succeeded", "timestamp": "2023-11-14T22:13:20Z", "data": {}}'
    >>> verify(payload, headers, ["whsec_bG9hbnNjb3JlLWRvY3Rlc3Qtc2VjcmV0"], _now=1700000060).type
    'score.succeeded'

    Args:
        payload: the body's bytes as they came; parsed and written again they are others.
        headers: of the request; case does not matter.
        secrets: whsec_... each; during a rotation the old and the new one.
        tolerance_s: how far webhook-timestamp may be from now, either way, s.
    Raises:
        BadSignature: no secret made this signature, it is too old, or a part is missing.
        ValueError: a secret is not whsec_<base64>.
    """
    given = {name.lower(): value for name, value in headers.items()}
    event_id, sent = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    _check_age(sent, time.time() if _now is None else _now, tolerance_s)
    signed = _bytes(f"{event_id}.{sent}.") + payload
    wanted = [_sign(secret, signed) for secret in secrets]
    offered = _bytes(given.get("webhook-signature", "")).split(b" ")
    # Texts, not decoded bytes, are compared: base64 decodes several texts to the same bytes.
    if not any(hmac.compare_digest(one, other) for one in wanted for other in offered):
        raise BadSignature("no secret given here made this signature")
    return _read(event_id, payload)


def _check_age(sent: str, now: float, tolerance_s: float) -> None:
    if not (sent.isascii() and sent.isdigit() and len(sent) < 16):
        raise BadSignature("webhook-timestamp is missing or no whole number of seconds")
    if abs(now - int(sent)) > tolerance_s:
        raise BadSignature(f"webhook-timestamp is more than {tolerance_s:g} s from now")


def _bytes(text: str) -> bytes:
    # A header that is no UTF-8 reaches us as surrogates; it must be refused, not crash.
    return text.encode("utf-8", "surrogatepass")


def _sign(secret: str, signed: bytes) -> bytes:
    prefix, _, encoded = secret.partition("_")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if prefix != "whsec" or not key:
        raise ValueError("a webhook secret must be whsec_<base64>")
    return b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())


def _read(event_id: str, payload: bytes) -> Event:
    try:
        body = json.loads(payload)
        return Event(event_id, body["type"], body["timestamp"], dict(body["data"]))
    except (LookupError, TypeError, ValueError):
        raise BadSignature("the signature is right, but the payload is no event") from None
