"""Headers of requests and answers, and the parameters in path and query."""

from typing import Any

from api import asked, paging
from api.campaigns.files import POLICY as PICTURE_POLICY
from api.contract import portfolio
from api.contract.schema import (
    BATCH_ID,
    CAMPAIGN_ID,
    CURSOR,
    OVERRIDE_ID,
    SCORE_ID,
    TEXT,
    WEBHOOK_ID,
    Schema,
)
from api.docs import FILES, POLICY
from api.models import POLICY as CARD_POLICY
from protocol.overrides import State

_WHOLE: Schema = {"type": "integer", "minimum": 1}


def _header(schema: Schema, description: str, *, always: bool) -> dict[str, Any]:
    return {"description": description, "required": always, "schema": schema}


#: Headers of answers by name.
ANSWERED = {
    "X-Request-Id": _header(TEXT, "The caller's, if it was usable, else a new one.", always=True),
    "Location": _header(TEXT, "Where it can be polled.", always=True),
    "Retry-After": _header(_WHOLE, "Seconds to wait before asking again.", always=True),
    "Retry-After-Unless-Final": _header(
        _WHOLE, "Seconds to wait before asking again; only while it is not final.", always=False
    ),
    "Retry-After-Unless-Settled": _header(
        _WHOLE, "Seconds to wait; absent once it is final and its files are there.", always=False
    ),
    "ETag": _header(TEXT, "The SHA-256 of the whole file, in quotes.", always=True),
    "Repr-Digest": _header(
        {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]{43}=:$"},
        "The SHA-256 of the whole file (RFC 9530).",
        always=True,
    ),
    "Accept-Ranges": _header({"const": "bytes"}, "Parts can be asked for.", always=True),
    "Content-Disposition": _header(TEXT, "A name to save it by.", always=True),
    "Content-Range": _header(
        {"type": "string", "pattern": "^bytes ([0-9]+-[0-9]+|[*])/[0-9]+$"},
        "Which bytes, of how many.",
        always=True,
    ),
    "Preference-Applied": _header(
        {"type": "string", "pattern": "^wait=[0-9]+$"},
        "The wait that was granted, when one was asked for.",
        always=False,
    ),
    "Idempotency-Replayed": _header(
        {"const": "true"}, "The same request was accepted before.", always=False
    ),
    "WWW-Authenticate": _header({"const": "Bearer"}, "What to send.", always=True),
    "Content-Security-Policy": _header(
        {"enum": [POLICY, PICTURE_POLICY, CARD_POLICY]},
        "The page, or picture, asks no other host for anything.",
        always=True,
    ),
    "Allow": _header(TEXT, "The methods of this path.", always=True),
}


def _parameter(
    name: str, place: str, schema: Schema, description: str, *, required: bool = False
) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": description,
        "schema": schema,
    }


def _path_id(name: str, schema: Schema, of: str) -> dict[str, Any]:
    return _parameter(name, "path", schema, f"The id of {of}.", required=True)


def _header_asked(name: str, description: str) -> dict[str, Any]:
    return _parameter(name, "header", TEXT, description)


#: Parameters of requests; those of a path by their names there.
ASKED = {
    "score_id": _path_id("score_id", SCORE_ID, "a score"),
    "batch_id": _path_id("batch_id", BATCH_ID, "a batch"),
    "webhook_id": _path_id("webhook_id", WEBHOOK_ID, "a webhook"),
    "override_id": _path_id("override_id", OVERRIDE_ID, "an override"),
    "campaign_id": _path_id("campaign_id", CAMPAIGN_ID, "a campaign"),
    "file": _parameter(
        "file", "path", {"enum": list(FILES)}, "The name of the part.", required=True
    ),
    "X-Request-Id": _parameter(
        "X-Request-Id",
        "header",
        TEXT,
        "1 to 64 of A-Z a-z 0-9 . _ -; anything else is passed over.",
    ),
    "Prefer": _parameter(
        "Prefer",
        "header",
        TEXT | {"examples": ["wait=5"]},
        f"`wait=N` waits up to N seconds ({asked.LONGEST_WAIT_S} at most) for the final answer;"
        " what is not understood is passed over (RFC 7240).",
    ),
    "Idempotency-Key": _parameter(
        "Idempotency-Key",
        "header",
        {"type": "string", "pattern": f"^{asked.KEY.pattern}$"},
        "Makes a repeated request the same request; of one client, one path and one body.",
    ),
    "Range": _header_asked("Range", "The bytes wanted (RFC 9110), such as `bytes=1000-`."),
    "If-Range": _header_asked("If-Range", "The ETag those bytes must belong to."),
    "If-None-Match": _header_asked("If-None-Match", "The ETag of the file that is known."),
    "state": _parameter(
        "state",
        "query",
        {"const": State.WAITING.value, "default": State.WAITING.value},
        "Which overrides; there is no other list.",
    ),
    "limit": _parameter(
        "limit",
        "query",
        {
            "type": "integer",
            "minimum": 1,
            "maximum": paging.MOST,
            "default": paging.USUAL,
        },
        "Entries in one answer.",
    ),
    "model": _parameter(
        "model", "query", TEXT, "Digest of a model of the report; without it who scored most."
    ),
    "cursor": _parameter("cursor", "query", CURSOR, "What an earlier answer gave as next."),
    **portfolio.PARAMETERS,
}
