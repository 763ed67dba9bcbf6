"""Loaded by Schemathesis for `test_schema`: what a caller must keep to and no schema can say."""

import hashlib
import json

import schemathesis

from api.asked import KEY

_DIGEST = 64


@schemathesis.serializer("application/x-ndjson")
def as_text(ctx, value):
    """A file of lines is sent as it is."""
    return str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def before_call(context, case, kwargs):
    """An Idempotency-Key belongs to one body: each body gets a key of its own, as long as drawn."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and KEY.fullmatch(key):
        body = json.dumps(case.body, sort_keys=True, default=str)
        digest = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
        kept = key[:-_DIGEST] if len(key) + _DIGEST > 255 else key
        case.headers["Idempotency-Key"] = kept + digest
