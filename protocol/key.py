"""An API key: its spelling, and what is kept of it, which is never the key itself.

A key is `ls_<id>_<secret>`: 8 hex digits that name it, and 256 random bits as 43 base64url
characters. So much randomness needs no slow hash: what is kept is one SHA-256 of the whole key.
"""

import hashlib
import re
import secrets
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

#: What a key may allow: score and cancel; read scores and overrides; override a decision; be the
#: second person of an override; run campaigns; say what became of loans; read the report of
#: monitoring; look after dead letters and challengers.
SCOPES = (
    "scores:write",
    "scores:read",
    "overrides:write",
    "overrides:approve",
    "campaigns",
    "outcomes:write",
    "monitoring:read",
    "admin",
)
#: The owner of jobs: one client may have two keys, which see the same jobs.
CLIENT = r"^[a-z0-9][a-z0-9-]{0,39}$"
_SPELLING = re.compile(r"ls_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")


class Limit(NamedTuple):
    """How much a client may ask."""

    #: tokens that come back each second
    rate_per_s: float
    #: most tokens that can be saved up
    burst: int


class Key(BaseModel):
    """The record of one key, without the key.

    Unknown fields are let pass, so that a release can read what its successor wrote.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    id: str = Field(pattern=r"^[0-9a-f]{8}$")
    #: SHA-256 of the whole key, hex
    digest: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    client: str = Field(pattern=CLIENT)
    scopes: tuple[str, ...] = Field(min_length=1)
    #: the last characters of the key, for people to tell keys apart
    last4: str
    #: milliseconds of Redis's clock
    created_ms: int = 0
    #: milliseconds of Redis's clock; None is never
    expires_ms: int | None = None
    #: tokens a second, None is no limit; a request costs one, a batch one an item
    rate_per_s: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] | None = None
    #: most tokens saved up; set when `rate_per_s` is
    burst: Annotated[int, Field(ge=1, le=1_000_000)] | None = None

    @model_validator(mode="after")
    def _limit_is_whole(self) -> Self:
        if (self.rate_per_s is None) != (self.burst is None):
            raise ValueError("a limit needs both a rate and a burst")
        return self

    @property
    def limit(self) -> Limit | None:
        """The rate limit, None when there is none."""
        if self.rate_per_s is None or self.burst is None:
            return None
        return Limit(self.rate_per_s, self.burst)

    def live(self, now_ms: float) -> bool:
        """Tell whether it has not expired at a time, in milliseconds since 1970."""
        return self.expires_ms is None or now_ms < self.expires_ms


def new_secret() -> str:
    """Make a key nobody can guess.

    >>> key_id(new_secret()) is not None
    True
    """
    return f"ls_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"


def key_id(secret: str) -> str | None:
    """Read the id out of a key; None when the text is no key.

    >>> key_id("ls_0123abcd_" + "x" * 43)
    '0123abcd'
    """
    match = _SPELLING.fullmatch(secret)
    return match and match[1]


def digest(secret: str) -> str:
    """Give the SHA-256 of a key, hex; of any text at all, so that no text is a special case."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
