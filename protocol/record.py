"""The decision record: what is kept of a final score, and the chain that holds it together.

Made by `worker.campaigns.archiver` of what `lua/job.lua` put on the stream, read by `records`. The
events of an override, of `lua/override.lua`, are records too. A record has two parts, each a JSON
text. The public part names no applicant and is kept as long as the chain; the personal part holds
the application and all that gives it away (contributions of a linear model do). The chain holds the
personal part by a salted digest, so that it can be erased and the chain still be verified; without
the salt an erased application could be guessed and confirmed.

>>> part = personal_digest("00" * 16, "{}")
>>> part == sha256(b"00000000000000000000000000000000{}").hexdigest()
True
>>> link(ZERO, "{}", part) == sha256(f"{ZERO}{{}}{part}".encode()).hexdigest()
True
"""

import json
import secrets
from hashlib import sha256
from typing import Any, NamedTuple

from protocol.record_parts import Entry, parts

#: The format of both parts, in each public part as `format`. To change it: raise the number, keep
#: what reads the previous one (records are kept for years), prove in a test that both are verified
#: and found, and describe the change in docs/records.md. What a link is made of never changes.
FORMAT = 1
#: What stands for the link before the first record.
ZERO = "0" * 64


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
    told = parts(entry)
    place = {"format": FORMAT, "seq": head.seq + 1, "entry": entry_id}
    public, personal = _text(place | told.public), _text(told.personal)
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


def _text(part: dict[str, Any]) -> str:
    return json.dumps(part, separators=(",", ":"))
