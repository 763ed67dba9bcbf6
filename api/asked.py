"""What a request's headers ask for: how long to wait, and under which key to be recognised."""

import hashlib
import json
import re
from typing import Any

from flask import request

from api.problems import Problem
from protocol.ledger import Idempotency

#: A request waits this long at most, s.
LONGEST_WAIT_S = 30
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?(?=$|[,;\s])", re.IGNORECASE)
#: An Idempotency-Key.
KEY = re.compile(r"[\x21-\x7e]{1,255}")


def wait_s() -> int:
    """Read `Prefer: wait=N` (RFC 7240): seconds, 0 when it is not there or not understood."""
    found = _WAIT.search(request.headers.get("Prefer", ""))
    return min(int(found[1]), LONGEST_WAIT_S) if found else 0


def key() -> str | None:
    """Read `Idempotency-Key` as it is.

    Raises:
        Problem: invalid-header.
    """
    given = request.headers.get("Idempotency-Key")
    if given is not None and not KEY.fullmatch(given):
        detail = "Idempotency-Key takes 1 to 255 visible ASCII characters."
        raise Problem("invalid-header", detail)
    return given


def idempotency(body: dict[str, Any]) -> Idempotency | None:
    """Read `Idempotency-Key`; None when the caller sent none.

    Args:
        body: the parsed request; its members may come in another order the next time.
    Raises:
        Problem: invalid-header.
    """
    given = key()
    if given is None:
        return None
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    fingerprint = hashlib.sha256(canonical.encode()).hexdigest()
    return Idempotency(f"{request.path}\n{given}", fingerprint)
