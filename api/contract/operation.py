"""One operation of the contract: what can be asked on one route, and every answer it can give."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that is no problem document."""

    description: str
    #: of `api.contract.answers`; None is a text, or no body
    schema: str | None = None
    #: of `api.contract.headers.ANSWERED`, beside those of every answer
    headers: tuple[str, ...] = ()
    #: none without a body
    media: tuple[str, ...] = ("application/json",)
    #: operations that take an id of this answer: their id -> (their parameter, where it stands)
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    id: str
    summary: str
    tag: str
    #: None needs no key
    scope: str | None
    #: by status
    answers: Mapping[int, Answer]
    #: of `api.problems.PROBLEMS`, beside those every route has
    codes: tuple[str, ...] = ()
    #: of `api.contract.headers.ASKED`, beside those in the path
    asks: tuple[str, ...] = ()
    #: schema of the body, or of each media type's
    body: str | Mapping[str, str] | None = None
    body_required: bool = True


#: Problems of every body.
BODY = ("malformed-body", "body-too-large", "unsupported-media-type")
