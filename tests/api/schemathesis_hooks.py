"""Loaded by Schemathesis for `test_schema`: what a caller must keep to and no schema can say."""

import hashlib
import json
from contextlib import suppress

import schemathesis

from api.asked import KEY

_DIGEST = 64


@schemathesis.serializer("application/x-ndjson")
def as_text(ctx, value):
    """A file of lines is sent as it is."""
    return str(value).encode("utf-8", "surrogatepass")


def order_cut_offs(body):
    """Put the lower one first, where both are numbers."""
    cut_offs = body.get("cut_offs") if isinstance(body, dict) else None
    names = ["approve_below", "decline_above"]
    if isinstance(cut_offs, dict) and {*cut_offs} == {*names}:
        with suppress(TypeError):
            cut_offs.update(zip(names, sorted(cut_offs[name] for name in names), strict=True))


@schemathesis.hook
def before_call(context, case, kwargs):
    """Keep to the order of cut-offs, and to one Idempotency-Key a body, as long as drawn."""
    order_cut_offs(case.body)
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and KEY.fullmatch(key):
        body = json.dumps(case.body, sort_keys=True, default=str)
        digest = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
        kept = key[:-_DIGEST] if len(key) + _DIGEST > 255 else key
        case.headers["Idempotency-Key"] = kept + digest
