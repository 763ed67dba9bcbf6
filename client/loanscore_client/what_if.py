"""What-if: the smallest changes that reach approval, as frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

from loanscore_client import documents

if TYPE_CHECKING:
    from loanscore_client.answers import Model, Policy
    from loanscore_client.documents import Document

#: As the field takes it: whole or not.
Number = Union[int, float]


@dataclass(frozen=True)
class Change:
    """One field that changes, by whole steps of the policy."""

    #: of the application
    field: str
    #: as it is
    before: Number
    #: what it would have to be
    after: Number
    steps: int


@dataclass(frozen=True)
class Proposal:
    """One way to approval, and what its application scores."""

    #: one, or in a joint proposal one or more
    changes: tuple[Change, ...]
    #: of all its changes together
    steps: int
    #: probability of default, 0 to 1
    pd: float
    points: int
    grade: str
    decision: str


@dataclass(frozen=True)
class WhatIf:
    """How an application scores now, and what would have it approved."""

    #: of the score that was asked about
    id: str
    #: by the model and the policy in force now
    pd: float
    points: int
    grade: str
    decision: str
    #: given (nothing need change), within-reach or out-of-reach
    approval: str
    #: one for each field that reaches it alone, those of fewest steps first
    alone: tuple[Proposal, ...]
    #: the fewest steps over all fields; None unless within reach
    joint: Proposal | None
    policy: Policy
    model: Model


def read(document: Document) -> WhatIf:
    """Read the answer.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is not one.
    """
    return WhatIf(
        id=documents.text(document["id"]),
        **_verdict(document),
        approval=documents.text(document["approval"]),
        alone=tuple(_proposal(one, [one]) for one in document["changes"]),
        joint=documents.maybe(lambda one: _proposal(one, one["changes"]), document["joint"]),
        policy=documents.policy(document["policy"]),
        model=documents.model(document["model"]),
    )


def _proposal(document: Document, changes: list[Document]) -> Proposal:
    read = tuple(_change(change) for change in changes)
    return Proposal(read, int(document["steps"]), **_verdict(document))


def _change(document: Document) -> Change:
    numbers = (_number(document["from"]), _number(document["to"]))
    return Change(documents.text(document["field"]), *numbers, int(document["steps"]))


def _number(value: Any) -> Number:
    if not isinstance(value, (int, float)):
        raise TypeError("not a number")
    return value


def _verdict(document: Document) -> dict[str, Any]:
    return {
        "pd": float(document["pd"]),
        "points": int(document["points"]),
        "grade": documents.text(document["grade"]),
        "decision": documents.text(document["decision"]),
    }
