"""The decision record: what is kept of a final score, and the chain that holds it together.

Made by `worker.campaigns.archiver` of what `lua/job.lua` put on the stream, read by `records`.
A record has two parts, each a JSON text. The public part names no applicant and is kept as long as
the chain; the personal part holds the application and all that gives it away (contributions of a
linear model do). The chain holds the personal part by a salted digest, so that it can be erased and
the chain still be verified; without the salt an erased application could be guessed and confirmed.

>>> part = personal_digest("00" * 16, "{}")
>>> part == sha256(b"00000000000000000000000000000000{}").hexdigest()
True
>>> link(ZERO, "{}", part) == sha256(f"{ZERO}{{}}{part}".encode()).hexdigest()
True
"""

import json
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from protocol.application import FIELDS
from protocol.times import rfc3339

#: The format of both parts, in each public part as `format`. To change it: raise the number, keep
#: what reads the previous one (records are kept for years), prove in a test that both are verified
#: and found, and describe the change in docs/records.md. What a link is made of never changes.
FORMAT = 1
#: What stands for the link before the first record.
ZERO = "0" * 64

#: Fields of an entry of the stream, as `lua/job.lua` writes them.
Entry = Mapping[str, str]


class Head(NamedTuple):
    """The last record of a chain."""

    #: number of the record; 0 before the first
    seq: int
    link: str


#: A chain without a record.
EMPTY = Head(0, ZERO)


class Parts(NamedTuple):
    """One record, not yet erased."""

    public: str
    personal: str
    #: 32 hex digits
    salt: str
    personal_digest: str
    link: str


def sealed(head: Head, entry_id: str, entry: Entry) -> Parts:
    """Make the record that follows `head`.

    Args:
        head: of the chain so far.
        entry_id: of the stream; kept, so that no entry is archived twice.
        entry: its fields.
    """
    answer, evidence = _json(entry["answer"]), _json(entry["evidence"])
    answer, evidence = (part if isinstance(part, dict) else {} for part in (answer, evidence))
    public = _text(_public(head.seq + 1, entry_id, entry, answer, evidence))
    personal = _text(_personal(entry, answer, evidence))
    salt = secrets.token_hex(16)
    digest = personal_digest(salt, personal)
    return Parts(public, personal, salt, digest, link(head.link, public, digest))


def personal_digest(salt: str, personal: str) -> str:
    """Give the digest that stands for a personal part: SHA-256 of salt and text, one text, hex."""
    return sha256((salt + personal).encode()).hexdigest()


def link(previous: str, public: str, personal_digest: str) -> str:
    """Tie a record to the one before it: SHA-256 of the three as one text, hex.

    The first and the last have 64 digits each, so no other three give the same text.
    """
    return sha256((previous + public + personal_digest).encode()).hexdigest()


def _public(
    seq: int, entry_id: str, entry: Entry, answer: dict[str, Any], evidence: dict[str, Any]
) -> dict[str, Any]:
    result = answer.get("result") or {}
    return {
        "format": FORMAT,
        "seq": seq,
        "entry": entry_id,
        "class": entry["class"],
        "id": entry["id"],
        "owner": entry["owner"] or None,
        "batch": entry["batch"] or None,
        "state": entry["state"],
        "decision": result.get("decision"),
        "error": (answer.get("error") or {}).get("code"),
        "attempt": int(entry["attempt"] or 0),
        "actor": entry["actor"] or None,
        "created_at": rfc3339(entry["created_ms"]) if entry["created_ms"] else None,
        "finished_at": rfc3339(entry["finished_ms"]),
        "model": answer.get("model") or evidence.get("model"),
        "policy": result.get("policy") or evidence.get("policy"),
        "libraries": evidence.get("libraries"),
        "worker": evidence.get("worker"),
    }


def _personal(entry: Entry, answer: dict[str, Any], evidence: dict[str, Any]) -> dict[str, Any]:
    shown = {name: part for name, part in answer.items() if name != "model"}
    explained = ("logit", "base", "columns", "fields")
    return {
        "application": _application(entry["application"]),
        "reference": entry["reference"] or None,
        "metadata": _json(entry["metadata"]),
        **shown,
        "evidence": {name: evidence[name] for name in explained if name in evidence},
    }


def _application(text: str) -> Any:
    values = _json(text)
    if isinstance(values, list) and len(values) == len(FIELDS):
        return dict(zip((field.name for field in FIELDS), values, strict=True))
    return values


def _json(text: str) -> Any:
    """Read a text; one that is no JSON is kept as it is: no record may hold up those behind it."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def _text(part: dict[str, Any]) -> str:
    return json.dumps(part, separators=(",", ":"))
