"""A parcel: one event on its way to one webhook, where it goes, and how it ended."""

import hashlib
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """How an attempt ended, as the delivery log spells it."""

    #: the receiver answered 2xx
    DELIVERED = "delivered"
    #: it did not, and will be asked again
    RETRYING = "retrying"
    #: it did not, too often or for too long
    GIVEN_UP = "given-up"
    #: it answered 410: it wants no more, and is sent no more
    DISABLED = "disabled"


class Parcel(NamedTuple):
    """One event that a postman holds until its lease ends."""

    #: of the job, batch, campaign or ping
    id: str
    webhook: str
    #: fencing token: only the attempt that holds the event may settle it; the first is 1
    attempt: int
    #: when it came into the outbox, milliseconds of Redis's clock, as all times here
    queued_ms: int
    #: of the job, batch or campaign when its event was looked at, "gone" when it was no more
    state: str
    finished_ms: int
    claimed_ms: int

    @property
    def event_id(self) -> str:
        """The same for every attempt, so that a receiver knows a repetition.

        A campaign can be over more than once: each time is an event of its own.
        """
        which = f"{self.id} {self.webhook}"
        if self.id.startswith("ca_"):
            which += f" {self.finished_ms}"
        return "msg_" + hashlib.sha256(which.encode()).hexdigest()[:40]


class Address(NamedTuple):
    """What a delivery needs to know at the moment it is made."""

    url: str
    #: newest first, one or two
    secrets: list[str]
    #: of the job or batch now; None when it is gone
    state: str | None
    #: the caller's own
    reference: str | None


class Result(NamedTuple):
    """What a delivery came to, for the log."""

    type: str
    #: HTTP status, None when there was no answer
    status: int | None
    #: what went wrong on the way to an answer, None when there was one
    error: str | None
    ms: int
