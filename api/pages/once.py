"""A form that is sent again, by a reload or a double click: it is to happen once."""

import hashlib
import json
import re
import secrets
from typing import Any

from flask import request

from protocol.ledger import Idempotency

_ONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new() -> str:
    """Give what is new in each form: the hidden field `once`."""
    return secrets.token_urlsafe(16)


def idempotency(said: Any) -> Idempotency | None:
    """Recognise the form of this request; None when it lacks its `once`.

    Args:
        said: what it says, as JSON can be made of it: the same form with other words is another.
    """
    once = request.form.get("once", "")
    if not _ONCE.fullmatch(once):
        return None
    fingerprint = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return Idempotency(f"{request.path}\n{once}\n{fingerprint}", fingerprint)
