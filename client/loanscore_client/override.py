"""An override: a person decided otherwise than the score; as frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class SecondPerson:
    """What the second person said."""

    #: approved or rejected
    verdict: str
    #: id of the API key
    actor: str
    #: not shown by repr(), for it may tell of the applicant
    note: str = field(repr=False)
    at: datetime


@dataclass(frozen=True)
class Override:
    """One override, as it is now."""

    #: ov_...
    id: str
    #: awaiting-approval, in-force, rejected or superseded
    state: str
    #: approve or decline
    decision: str
    #: the decision that was in force before
    before: str
    #: the score's own decision
    scored: str
    #: low-side, high-side, from-review or restored
    direction: str
    #: code and text of the reason
    reason: dict[str, Any]
    #: not shown by repr(), for it may tell of the applicant
    note: str = field(repr=False)
    #: who asked for it: id of the API key
    actor: str
    #: None where one person is enough, and while it waits
    second_person: SecondPerson | None
    #: version and digest of the policy, and the exposure above which it takes two
    policy: dict[str, Any]
    #: id of the later override that is in force in its place
    superseded_by: str | None
    created_at: datetime
    #: None until it was
    in_force_at: datetime | None


@dataclass(frozen=True)
class OverrideReason:
    """On what grounds the policy lets a decision be overridden."""

    code: str
    #: which decision it can give grounds for: approve, decline or any
    decision: str
    #: language -> sentence
    text: dict[str, str]
