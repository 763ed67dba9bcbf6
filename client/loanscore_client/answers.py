"""What the service answers, as frozen dataclasses; unknown fields of a newer one are left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from loanscore_client.errors import Fault
    from loanscore_client.override import Override

#: A job in one of these is still at work; in any other it is final and never changes.
UNFINISHED = frozenset({"queued", "running"})


@dataclass(frozen=True)
class Accepted:
    """A job the service has on record: it will be scored."""

    #: sc_... of a score, sb_... of a batch
    id: str
    status: str
    #: the service knew this idempotency key and body already; the job is the first call's
    replayed: bool
    idempotency_key: str


@dataclass(frozen=True)
class Policy:
    """The cut-offs in force when the decision was made."""

    version: str
    #: pd below it: approve
    approve_below: float
    #: pd above it: decline; between the two: review
    decline_above: float
    #: sha256:... of all that the policy says; None from a service before it said so
    digest: str | None = None
    #: name and digest of the applicants that reasons compare with; None likewise
    reference: dict[str, str] | None = None


@dataclass(frozen=True)
class Reason:
    """Why points were lost."""

    code: str
    #: field of the application
    field: str
    points_lost: float
    #: language -> sentence for the applicant
    text: dict[str, str]


@dataclass(frozen=True)
class Result:
    """The score itself."""

    #: probability of default, 0 to 1
    pd: float
    #: scorecard points; safer is higher
    points: int
    grade: str
    #: approve, review or decline
    decision: str
    policy: Policy
    #: at most four, the weightiest first
    reasons: tuple[Reason, ...]
    #: in the currency of the application
    expected_loss: float
    #: one for each field outside the range the model was trained on
    warnings: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Model:
    """The model that made the result."""

    name: str
    version: str
    #: sha256:... of its artefact
    digest: str


@dataclass(frozen=True)
class Failure:
    """Why there is no result."""

    code: str
    detail: str
    #: of an invalid item of a batch: what is wrong with it, where the service says
    errors: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Score:
    """One application's way to its result."""

    id: str
    #: queued, running, succeeded, failed, cancelled or expired
    status: str
    #: as given; not shown by repr(), like metadata, for it may tell of the applicant
    reference: str | None = field(repr=False)
    metadata: dict[str, str] | None = field(repr=False)
    #: None unless succeeded
    result: Result | None
    model: Model | None
    created_at: datetime
    #: None until final
    finished_at: datetime | None
    error: Failure | None
    #: the result's decision, or that of the override in force; None without either, or from a
    #: service before it said so
    decision_in_force: str | None = None
    #: the one that waits, else the one in force
    override: Override | None = None

    @property
    def final(self) -> bool:
        """Whether nothing of its result will change any more."""
        return self.status not in UNFINISHED


@dataclass(frozen=True)
class Counts:
    """How many items of a batch are how far."""

    total: int
    scored: int
    invalid: int
    failed: int
    unprocessed: int


@dataclass(frozen=True)
class BatchItem:
    """One item of a batch."""

    #: its place in the batch that was sent, from 0
    index: int
    #: None when invalid
    id: str | None
    #: as a score's, or invalid, or gone (erased by itself, or kept for its time)
    status: str
    reference: str | None = field(repr=False)
    metadata: dict[str, str] | None = field(repr=False)
    result: Result | None
    model: Model | None
    error: Failure | None


@dataclass(frozen=True)
class Batch:
    """Up to 1,000 applications that were sent together."""

    id: str
    #: as a score's
    status: str
    counts: Counts
    #: in the order they were sent
    items: tuple[BatchItem, ...]
    created_at: datetime
    #: None until final
    finished_at: datetime | None

    @property
    def final(self) -> bool:
        """Whether nothing of it will change any more."""
        return self.status not in UNFINISHED
