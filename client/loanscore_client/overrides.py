"""Overrides: decide otherwise than the score, and be the second person of who did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from loanscore_client.documents import maybe, override, override_reason, text
from loanscore_client.jobs import idempotency_key as idempotency_key_of
from loanscore_client.jobs import place, read_answer
from loanscore_client.transport import Request, Transport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loanscore_client.documents import Document
    from loanscore_client.override import Override, OverrideReason

OVERRIDES = "/v1/overrides"
SCORES = "/v1/scores"
#: Overrides asked for at a time.
PAGE = 100


class Overrides:
    """The overrides of one service; reached as `Client.overrides`.

    Args:
        transport: sends the calls.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        score_id: str,
        decision: str,
        reason: str,
        note: str,
        idempotency_key: str | None = None,
    ) -> Override:
        """Override the decision of a score; needs the scope overrides:write.

        Args:
            score_id: sc_... of a score that succeeded.
            decision: approve or decline.
            reason: code of a reason that the policy has for this decision, see `reasons`.
            note: why, in the person's own words, 1 to 2,000 characters.
            idempotency_key: as in `Client.create`.
        Returns:
            The override: in force, or awaiting approval where the exposure is above the policy's
            limit; then another key must approve it.
        Raises:
            Invalid: the body has faults, or the policy has no such reason for this decision.
            Conflict: the score has no decision, another override waits, or the decision is in
                force already.
            NotFound, Gone: as in `Client.get`.
            KeyReused, ValueError: as in `Client.create`.
        """
        body = {"decision": decision, "reason": reason, "note": note}
        key = idempotency_key_of(idempotency_key)
        return self._send(f"{place(SCORES, score_id)}/overrides", body, key)

    def approve(self, override_id: str, note: str) -> Override:
        """Approve what another key asked for; needs the scope overrides:approve.

        Raises:
            Forbidden: it was asked for by this key (code second-person-required).
            Conflict: it does not wait.
            Invalid: the note cannot be taken.
            NotFound, Gone: as in `get`.
        """
        return self._settle(override_id, "approve", note)

    def reject(self, override_id: str, note: str) -> Override:
        """Reject what another key asked for; as `approve`."""
        return self._settle(override_id, "reject", note)

    def get(self, override_id: str) -> Override:
        """Look at an override.

        Raises:
            NotFound: it never was, or is not yours.
            Gone: its score was erased, or kept for its time.
        """
        request = Request("GET", place(OVERRIDES, override_id))
        return read_answer(override, self._transport.call(request))

    def of(self, score_id: str) -> tuple[Override, ...]:
        """Give all overrides of a score, the oldest first.

        Raises:
            NotFound, Gone: as in `Client.get`.
        """
        request = Request("GET", f"{place(SCORES, score_id)}/overrides")
        return read_answer(_items, self._transport.call(request))

    def waiting(self) -> Iterator[Override]:
        """Give those that wait for a second person, the newest first, page by page."""
        after: str | None = None
        while True:
            asked = {"limit": str(PAGE)} | ({"cursor": after} if after else {})
            answer = self._transport.call(Request("GET", f"{OVERRIDES}?{urlencode(asked)}"))
            items, after = read_answer(_page, answer)
            yield from items
            if after is None:
                return

    def reasons(self) -> tuple[OverrideReason, ...]:
        """Give the reasons that the policy in force has for overriding."""
        answer = self._transport.call(Request("GET", "/v1/override-reasons"))
        return read_answer(lambda document: tuple(map(override_reason, document["items"])), answer)

    def _settle(self, override_id: str, verb: str, note: str) -> Override:
        return self._send(f"{place(OVERRIDES, override_id)}/{verb}", {"note": note})

    def _send(self, path: str, body: Document, key: str | None = None) -> Override:
        written = json.dumps(body).encode()
        request = Request("POST", path, written, key)
        return read_answer(override, self._transport.call(request))


def _items(document: Document) -> tuple[Override, ...]:
    return tuple(override(item) for item in document["items"])


def _page(document: Document) -> tuple[tuple[Override, ...], str | None]:
    return _items(document), maybe(text, document["next"])
