"""A person who uses the pages: who that is, for whom, what as, and the hash of the password."""

import re
import secrets
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from protocol.errors import PersonRefused
from protocol.key import CLIENT

#: An adviser scores applicants and may override a decision, risk runs campaigns too and is the
#: second person of overrides, an admin looks after the service as well.
Role = Literal["adviser", "risk", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
_ADVISER = ("scores:write", "scores:read", "overrides:write")
_RISK = (*_ADVISER, "overrides:approve", "campaigns")
#: What each may do, in the words of API keys. Nobody is the second person of their own override.
ALLOWED: dict[Role, tuple[str, ...]] = {
    "adviser": _ADVISER,
    "risk": _RISK,
    "admin": (*_RISK, "admin"),
}
#: What a person signs in with; it stands in decision records.
NAME = r"^[a-z][a-z0-9.-]{0,39}$"
#: What a person is called who signs in by the organisation's provider: no local account can be.
BY_PROVIDER = re.compile(r"oidc:[A-Za-z0-9._@+=/|:~-]{1,200}")
#: In the place of a hash: the provider vouches for the person, who has no password here.
VOUCHED = "by-provider"
#: How passwords are hashed, in Werkzeug's words: scrypt with 32 MiB, three passes (OWASP's least).
#: To change it, change it: whoever signs in with an older hash is given a new one.
HASHING = "scrypt:32768:8:3"
#: Characters of a password: length is what makes it hard to guess (NIST SP 800-63B, 3.1.1.2).
SHORTEST, LONGEST = 12, 128


def new_stamp() -> str:
    """Make a stamp nobody has."""
    return secrets.token_hex(8)


class Person(BaseModel):
    """The record of one person.

    Unknown fields are let pass, so that a release can read what its successor wrote.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: str = Field(pattern=rf"{NAME}|^{BY_PROVIDER.pattern}$")
    #: the owner of the scores and campaigns made: that of the bank's API keys
    client: str = Field(pattern=CLIENT)
    role: Role
    #: see `HASHING`; or `VOUCHED`
    hash: str = Field(pattern=rf"^(scrypt:|{VOUCHED}$)", repr=False)
    #: as people are called, by the provider's word; "" is by the name
    shown: str = ""
    #: new with each password: a session that knows another is over
    stamp: str = Field(default_factory=new_stamp)
    #: milliseconds of Redis's clock
    created_ms: int = 0

    @property
    def local(self) -> bool:
        """Whether the person signs in by a password."""
        return self.hash != VOUCHED

    @property
    def actor(self) -> str:
        """The person in decision records, apart from API keys, whose ids have no colon."""
        return f"person:{self.name}"

    def may(self, scope: str) -> bool:
        """Tell whether the role allows something.

        Args:
            scope: of `protocol.key.SCOPES`.
        """
        return scope in ALLOWED[self.role]


def check_password(password: str, name: str) -> None:
    """Make sure that a password can be taken.

    >>> check_password("correct horse battery", "anna")

    Raises:
        PersonRefused: it is too short, too long, or hardly more than the name.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PersonRefused(f"a password has {SHORTEST} to {LONGEST} characters")
    if len(set(password.lower().replace(name, ""))) < 5:
        raise PersonRefused("this password is too easy to guess; take several words")
