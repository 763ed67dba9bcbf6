"""Write an event: what a receiver is told, signed as Standard Webhooks 1.0 says.

Thin on purpose: nothing of an applicant but the caller's own reference. Who wants the score fetches
it with its key.
"""

import json
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook as Signer

from protocol.parcel import Address, Parcel
from protocol.states import State
from protocol.times import rfc3339

#: The status of a job whose record is no more.
GONE = "gone"
_PLURALS = {"sb_": "score-batches", "ca_": "campaigns"}
_SHOWN = {State.DEAD.value: State.FAILED.value}


def kind(parcel: Parcel) -> str:
    """Name the type of a parcel's event; it stays the same when the record is gone later."""
    if parcel.id.startswith("ping_"):
        return "ping"
    if parcel.id.startswith("sb_"):
        return "score-batch.finished"
    if parcel.id.startswith("ca_"):
        return f"campaign.{parcel.state}"
    if parcel.id.startswith("mo_"):
        return "monitoring.crossed"
    return f"score.{_SHOWN.get(parcel.state, parcel.state)}"


def body(parcel: Parcel, address: Address) -> str:
    """Write the JSON of an event."""
    return json.dumps(
        {
            "type": kind(parcel),
            "timestamp": rfc3339(parcel.finished_ms),
            "data": _data(parcel, address),
        },
        separators=(",", ":"),
    )


def headers(parcel: Parcel, address: Address, text: str, now: datetime) -> dict[str, str]:
    """Give the headers of one attempt, with a signature by each live secret.

    Args:
        parcel: names the event.
        address: has the secrets.
        text: the body, exactly as it will be sent.
        now: UTC, of this attempt.
    """
    signatures = (Signer(secret).sign(parcel.event_id, now, text) for secret in address.secrets)
    return {
        "Content-Type": "application/json",
        "User-Agent": "loanscore-webhooks",
        "webhook-id": parcel.event_id,
        "webhook-timestamp": str(int(now.astimezone(UTC).timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _data(parcel: Parcel, address: Address) -> dict[str, Any]:
    if kind(parcel) == "ping":
        return {"id": parcel.id, "webhook": parcel.webhook}
    state = address.state or GONE
    path = f"/v1/{_PLURALS.get(parcel.id[:3], 'scores')}/{parcel.id}"
    if parcel.id.startswith("mo_"):
        path = "/v1/monitoring"
    return {
        "id": parcel.id,
        "status": _SHOWN.get(state, state),
        "reference": address.reference,
        "links": {"self": path},
    }
