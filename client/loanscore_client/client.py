"""The client: one object a program, shared by its threads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from loanscore_client import documents, replay
from loanscore_client.address import Address
from loanscore_client.campaigns import Campaigns
from loanscore_client.jobs import Jobs, read_answer
from loanscore_client.outcomes import Outcomes
from loanscore_client.overrides import Overrides
from loanscore_client.retries import Clock, Retries
from loanscore_client.transport import Request, Transport
from loanscore_client.what_if import WhatIf, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from loanscore_client.answers import Accepted, Batch, Score
    from loanscore_client.replay import Replay

SCORES = "/v1/scores"
BATCHES = "/v1/score-batches"
#: The service waits this long for the answer to a question, s.
ANSWER_S = 10


class Client:
    """A caller of one loanscore service; use it in `with`, or call `close`.

    Every call is repeated where a repeat is safe and may help: no connection, no answer in time,
    429, 502, 503 and 504, with the pause the service asks for (at most 30 s) or one drawn from a
    doubling range. Calls that create carry an Idempotency-Key, the same in all their repeats, so
    a repeat makes no second job. Redirects are not followed, certificates are checked.

    Every method can raise, besides what it names: Unauthorized, Forbidden, RateLimited,
    Unavailable, ConnectionFailed, and ApiError for anything else the service answers.

    >>> Client("https://loans.example", "not-a-real-key")
    Client('https://loans.example')

    Args:
        url: of the service, https://host[:port][/path].
        key: API key; it is in no repr, log or error of this package.
        timeout_s: longest wait for a connection, and for the next bytes of an answer, s, above 0.
        retries: attempts after the first, 0 or more.
        total_s: a call, its repeats and pauses end within about this, s; what the service was
            asked to wait comes on top.
        allow_plain_http: take http:// to another machine, where the network is your own.
    Raises:
        ValueError: the url or the key cannot be used; the text quotes neither.
    """

    def __init__(  # noqa: PLR0913 - all but two are names with a default
        self,
        url: str,
        key: str,
        timeout_s: float = 10,
        retries: int = 5,
        *,
        total_s: float = 60,
        allow_plain_http: bool = False,
        _clock: Clock | None = None,
    ) -> None:
        address = Address.read(url, allow_plain_http=allow_plain_http)
        clock = _clock or Clock()
        self._origin = address.origin
        self._transport = Transport(address, key, timeout_s, Retries(retries, total_s), clock)
        self._scores = Jobs(self._transport, clock, SCORES, documents.score)
        self._batches = Jobs(self._transport, clock, BATCHES, documents.batch)
        #: whole portfolios, see `Campaigns`
        self.campaigns = Campaigns(self._transport, clock)
        #: decisions of persons, see `Overrides`
        self.overrides = Overrides(self._transport)
        #: what became of loans, see `Outcomes`
        self.outcomes = Outcomes(self._transport)

    def __repr__(self) -> str:
        return f"Client({self._origin!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; no call can follow."""
        self._transport.close()

    def ready(self) -> bool:
        """Tell whether an application sent now would be scored; asks once, without the key.

        Raises:
            ConnectionFailed: no answer came.
        """
        return self._transport.ask("/readyz") == 200

    def monitoring(self) -> dict[str, Any]:
        """Give the newest report of monitoring; needs the scope monitoring:read.

        Returns:
            The service's own document, see its docs/monitoring.md.
        Raises:
            NotFound: no report was made yet.
        """
        return self._transport.call(Request("GET", "/v1/monitoring")).document

    def create(
        self,
        application: Mapping[str, float],
        reference: str | None = None,
        metadata: Mapping[str, str] | None = None,
        deadline_s: int | None = None,
        idempotency_key: str | None = None,
    ) -> Accepted:
        """Submit one application and return at once with its id.

        Args:
            application: its fields, by name.
            reference: yours, 1 to 64 of A-Z a-z 0-9 . _ : / -; comes back untouched.
            metadata: yours, at most 16 texts of at most 200 characters.
            deadline_s: give up scoring after this, s, 1 to 604,800; None: the service's own.
            idempotency_key: 1 to 255 visible ASCII; the same again within 24 hours is the same
                job. None: a new one, kept over the repeats and in the error of a failure.
        Raises:
            Invalid: the application has faults, each in `errors`.
            KeyReused: the key was used for another body.
            ValueError: the key cannot be sent, or a number is not finite.
        """
        body = _submission(application, reference, metadata, deadline_s)
        return self._scores.create(body, idempotency_key)

    def create_and_wait(  # noqa: PLR0913
        self,
        application: Mapping[str, float],
        reference: str | None = None,
        metadata: Mapping[str, str] | None = None,
        deadline_s: int | None = None,
        idempotency_key: str | None = None,
        *,
        wait_s: float = 30,
    ) -> Score:
        """Submit one application and wait for its final state, which may be a failure.

        Args:
            application: as in `create`.
            reference: as in `create`.
            metadata: as in `create`.
            deadline_s: as in `create`.
            idempotency_key: as in `create`.
            wait_s: how long to wait, s, 0 or more; repeats after failures may add to it.
        Raises:
            StillRunning: the time is up; `wait(error.id)` goes on waiting.
            Invalid, KeyReused, ValueError: as in `create`.
        """
        body = _submission(application, reference, metadata, deadline_s)
        return self._scores.create_and_wait(body, idempotency_key, wait_s)

    def get(self, score_id: str, wait_s: float = 0) -> Score:
        """Look at a score, final or not.

        Args:
            score_id: sc_...
            wait_s: have the service hold its answer back until the score is final, whole s,
                at most 30.
        Raises:
            NotFound: it never was, or is not yours.
            Gone: it was erased, or kept for its time.
        """
        return self._scores.get(score_id, wait_s)

    def wait(self, score_id: str, wait_s: float = 30) -> Score:
        """Wait until a score is final.

        Raises:
            StillRunning: it is not after `wait_s` seconds.
            NotFound, Gone: as in `get`.
        """
        return self._scores.wait(score_id, wait_s)

    def cancel(self, score_id: str) -> Score:
        """Cancel a score; again: the same answer.

        Raises:
            Conflict: it was final before.
            NotFound, Gone: as in `get`.
        """
        return self._scores.turn(score_id, "cancel")

    def erase(self, score_id: str) -> None:
        """Erase a score and its application, cancelling it first; again: nothing happens.

        Raises:
            NotFound: it never was, or is not yours.
        """
        self._scores.erase(score_id)

    def what_if(self, score_id: str) -> WhatIf:
        """Ask which smallest changes would have a score's application approved.

        Raises:
            Conflict: the score has not succeeded.
            Unavailable: no worker answered in time, or too much waits.
            NotFound, Gone: as in `get`.
        """
        place = f"{self._scores.place(score_id)}/what-if"
        return read_answer(read, self._transport.call(Request("GET", place, wait_s=ANSWER_S)))

    def replay(
        self,
        score_id: str,
        *,
        model: str | None = None,
        policy: str | None = None,
        cut_offs: Mapping[str, float] | None = None,
    ) -> Replay:
        """Have a score decided again, by what made it or by something else, and compared.

        Args:
            score_id: sc_...
            model: digest, "sha256:" and 64 hex digits, of a model that served; None: the recorded.
            policy: likewise.
            cut_offs: `approve_below` and `decline_above`, in place of the policy's.
        Raises:
            Conflict: the score has not succeeded, or the service keeps no such model or policy.
            Invalid: a digest is none, or the cut-offs are no two between 0 and 1, in this order.
            Unavailable: no worker answered in time, or too much waits.
            NotFound, Gone: as in `get`.
        """
        body = json.dumps(replay.under(model, policy, cut_offs), allow_nan=False).encode()
        place = f"{self._scores.place(score_id)}/replay"
        request = Request("POST", place, body, wait_s=ANSWER_S)
        return read_answer(replay.read, self._transport.call(request))

    def create_batch(
        self,
        items: Iterable[Mapping[str, Any]],
        on_invalid: str = "reject",
        deadline_s: int | None = None,
        idempotency_key: str | None = None,
    ) -> Accepted:
        """Submit up to 1,000 applications at once and return with the batch's id.

        Args:
            items: 1 to 1,000 of {"application": ..., "reference": ..., "metadata": ...}, the
                last two optional; 2 MB together.
            on_invalid: "reject" takes none of them when one has faults, "skip" the others.
            deadline_s: as in `create`.
            idempotency_key: as in `create`.
        Raises:
            Invalid, KeyReused, ValueError: as in `create`.
        """
        body = _batch(items, on_invalid, deadline_s)
        return self._batches.create(body, idempotency_key)

    def create_batch_and_wait(
        self,
        items: Iterable[Mapping[str, Any]],
        on_invalid: str = "reject",
        deadline_s: int | None = None,
        idempotency_key: str | None = None,
        *,
        wait_s: float = 30,
    ) -> Batch:
        """Submit up to 1,000 applications and wait until all of them are final.

        Raises:
            StillRunning: the time is up; `get_batch(error.id)` shows how far it is.
            Invalid, KeyReused, ValueError: as in `create`.
        """
        body = _batch(items, on_invalid, deadline_s)
        return self._batches.create_and_wait(body, idempotency_key, wait_s)

    def get_batch(self, batch_id: str, wait_s: float = 0) -> Batch:
        """Look at a batch (sb_...), final or not; as `get`."""
        return self._batches.get(batch_id, wait_s)

    def wait_batch(self, batch_id: str, wait_s: float = 30) -> Batch:
        """Wait until a batch is final; as `wait`."""
        return self._batches.wait(batch_id, wait_s)

    def cancel_batch(self, batch_id: str) -> Batch:
        """Cancel what of a batch is not final; as `cancel`."""
        return self._batches.turn(batch_id, "cancel")

    def erase_batch(self, batch_id: str) -> None:
        """Erase a batch and its items; as `erase`."""
        self._batches.erase(batch_id)


def _submission(
    application: Mapping[str, float],
    reference: str | None,
    metadata: Mapping[str, str] | None,
    deadline_s: int | None,
) -> dict[str, Any]:
    return {
        "application": dict(application),
        "reference": reference,
        "metadata": None if metadata is None else dict(metadata),
        "deadline_s": deadline_s,
    }


def _batch(
    items: Iterable[Mapping[str, Any]], on_invalid: str, deadline_s: int | None
) -> dict[str, Any]:
    plain = [
        {name: dict(part) if hasattr(part, "keys") else part for name, part in item.items()}
        for item in items
    ]
    return {"items": plain, "on_invalid": on_invalid, "deadline_s": deadline_s}
