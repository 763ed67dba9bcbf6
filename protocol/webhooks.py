"""Webhooks: where an owner wants to be told that a job is final, and how each telling went.

Called by `api.webhooks`; `protocol.outbox` carries the events. A webhook is configuration and stays
until it is deleted. Its secret is kept as it is, because an HMAC needs it whole.
"""

import base64
import json
import secrets
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, cast

import redis

from protocol import names
from protocol.scripts import answering

#: Webhooks one owner may have.
MOST = 5
#: How long the secret before the last rotation still signs, ms (24 hours).
OLD_SECRET_MS = 86_400_000
#: Random bytes of a secret; Standard Webhooks asks for 24 to 64.
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook as its owner may see it: without the secret."""

    id: str
    url: str
    #: milliseconds of Redis's clock
    created_ms: int
    #: its receiver answered 410 then, and it is sent nothing more; None while it is in use
    disabled_ms: int | None
    #: events dropped because too many waited
    dropped: int


def new_secret() -> str:
    """Make a secret as Standard Webhooks spells it.

    >>> new_secret().startswith("whsec_")
    True
    """
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


class Webhooks:
    """Create, list, delete, rotate and ping webhooks; every method is one owner's.

    Every method raises `LedgerUnavailable` when Redis does not answer in time.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._create, self._rotate, self._delete = (
            client.register_script(files("protocol").joinpath(f"lua/{name}.lua").read_text())
            for name in ("webhook_create", "webhook_rotate", "webhook_delete")
        )

    def create(self, owner: str, url: str) -> tuple[Webhook, str] | None:
        """Write a webhook for a checked URL.

        Returns:
            The webhook and its secret, or None when the owner has `MOST` already.
        """
        webhook_id, secret = names.new_webhook_id(), new_secret()
        with answering():
            made = self._create(
                keys=[names.WEBHOOKS_OF + owner, names.WEBHOOK + webhook_id],
                args=[webhook_id, MOST, owner, url, secret],
            )
        return (Webhook(webhook_id, url, int(made), None, 0), secret) if made else None

    def of(self, owner: str) -> list[Webhook]:
        """List an owner's webhooks, the oldest first."""
        with answering(), self._client.pipeline(transaction=False) as pipe:
            ids = sorted(cast("set[str]", self._client.smembers(names.WEBHOOKS_OF + owner)))
            for webhook_id in ids:
                pipe.hgetall(names.WEBHOOK + webhook_id)
            records = pipe.execute()
        known = [_webhook(*pair) for pair in zip(ids, records, strict=True) if pair[1]]
        return sorted(known, key=lambda webhook: (webhook.created_ms, webhook.id))

    def get(self, owner: str, webhook_id: str) -> Webhook | None:
        """Read one webhook; None when there is none or it is another's."""
        with answering():
            record = cast("dict[str, str]", self._client.hgetall(names.WEBHOOK + webhook_id))
        return _webhook(webhook_id, record) if record.get("owner") == owner else None

    def delete(self, owner: str, webhook_id: str) -> bool:
        """Remove a webhook and what waits for it; False when there is none of this owner."""
        perished = (
            names.WEBHOOK,
            names.WEBHOOK_OLD_SECRET,
            names.WEBHOOK_POST,
            names.WEBHOOK_LEASES,
            names.WEBHOOK_LOG,
        )
        with answering():
            keys = [names.WEBHOOKS_OF + owner, names.TURNS, *(key + webhook_id for key in perished)]
            return bool(self._delete(keys=keys, args=[webhook_id, owner]))

    def rotate(self, owner: str, webhook_id: str) -> str | None:
        """Give a webhook a new secret; the present one signs along for `OLD_SECRET_MS`.

        Returns:
            The new secret, or None when there is no such webhook of this owner.
        """
        secret = new_secret()
        with answering():
            done = self._rotate(
                keys=[names.WEBHOOK + webhook_id, names.WEBHOOK_OLD_SECRET + webhook_id],
                args=[owner, secret, OLD_SECRET_MS],
            )
        return secret if done else None

    def ping(self, webhook_id: str) -> str:
        """Put a test event into the outbox, due at once; its id."""
        ping_id = names.new_ping_id()
        with answering():
            seconds, micros = self._client.time()
            due = {f"{ping_id} {webhook_id}": seconds * 1_000 + micros // 1_000}
            self._client.zadd(names.OUTBOX, due)
        return ping_id

    def deliveries(self, webhook_id: str) -> list[dict[str, Any]]:
        """Give the last deliveries, newest first, as `Outbox.settle` wrote them."""
        with answering():
            entries = cast("list[str]", self._client.lrange(names.WEBHOOK_LOG + webhook_id, 0, -1))
        return [json.loads(entry) for entry in entries]


def _webhook(webhook_id: str, record: dict[str, str]) -> Webhook:
    disabled = record.get("disabled_ms")
    return Webhook(
        webhook_id,
        record["url"],
        int(record["created_ms"]),
        int(disabled) if disabled else None,
        int(record.get("dropped", 0)),
    )
