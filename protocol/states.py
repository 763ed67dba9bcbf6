"""The states of a job; a final state never changes."""

from enum import StrEnum


class State(StrEnum):
    """Where a job is. `protocol/lua` writes these words; `tests/protocol` keeps the two alike."""

    #: accepted, waits in the ready list
    QUEUED = "queued"
    #: claimed by a worker under a lease
    RUNNING = "running"
    #: scored, the answer is kept for its TTL
    SUCCEEDED = "succeeded"
    #: its scoring raised; the answer says why
    FAILED = "failed"
    #: given up after too many attempts, in the dead letters
    DEAD = "dead"
    #: its caller no longer wanted it
    CANCELLED = "cancelled"
    #: its deadline passed before it was scored
    EXPIRED = "expired"


#: States a job can end in.
FINAL = frozenset({State.SUCCEEDED, State.FAILED, State.DEAD, State.CANCELLED, State.EXPIRED})
