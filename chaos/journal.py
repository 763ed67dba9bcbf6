"""The journal: what the callers themselves sent and saw; the only evidence that is judged."""

import hashlib
import json
import threading
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from protocol.application import Application

Kind = Literal["submit", "read"]


class Submission(NamedTuple):
    """What is sent under one idempotency key, as often as it takes."""

    #: the idempotency key
    key: str
    #: one for a single score, several for a batch
    applications: tuple[Application, ...]
    batch: bool = False

    @property
    def body(self) -> dict[str, object]:
        """The JSON body."""
        items: list[dict[str, object]] = [
            {"application": one._asdict()} for one in self.applications
        ]
        return {"items": items} if self.batch else items[0]

    @property
    def digest(self) -> str:
        """The sha256 of the body."""
        return hashlib.sha256(json.dumps(self.body).encode()).hexdigest()


class Reply(NamedTuple):
    """What came back of one call."""

    #: HTTP status; 0 when no answer came
    status: int
    #: of the score or the batch, None when the answer names none
    id: str | None = None
    #: whether the score or batch is in a final state
    final: bool = False
    #: the whole body of a final answer
    answer: str = ""
    #: seconds the service asks to wait
    retry_s: float = 0.2


class Call(NamedTuple):
    """One call, as its caller saw it."""

    kind: Kind
    #: of the monotonic clock, s
    began: float
    ended: float
    #: of the submission that is sent or read
    key: str
    #: the sha256 of what was sent
    digest: str
    status: int
    id: str | None
    final: bool
    answer: str


@dataclass
class Journal:
    """Every call of every caller, in the order they ended."""

    calls: list[Call] = field(default_factory=list)
    submissions: dict[str, Submission] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def open(self, submission: Submission) -> None:
        """Note a submission before it is sent for the first time."""
        with self._lock:
            self.submissions[submission.key] = submission

    def write(
        self,
        kind: Kind,
        times: tuple[float, float],
        submission: Submission,
        score_id: str | None,
        reply: Reply,
    ) -> None:
        """Note one call.

        Args:
            kind: of the call.
            times: begin and end, monotonic, s.
            submission: sent, or the one whose answer is read.
            score_id: what is read; None takes the id of the reply.
            reply: what came back.
        """
        call = Call(
            kind,
            *times,
            submission.key,
            submission.digest if kind == "submit" else "",
            reply.status,
            score_id or reply.id,
            reply.final,
            reply.answer,
        )
        with self._lock:
            self.calls.append(call)

    def __len__(self) -> int:
        return len(self.calls)
