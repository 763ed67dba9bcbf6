"""The outbox: events on their way to webhooks, each claimed under a lease and settled once.

Filled by the ledger's steps when a job, batch or campaign becomes final, and by that of monitoring
when a level is crossed; emptied by `worker.postman`. An event is an id of one of these, or of a
ping, and a webhook; its text is written when it is sent. Sent at least once: a postman that dies
leaves a lease that ends, and the next one sends it again.
"""

import json
from importlib.resources import files
from typing import Any

import redis

from protocol import names
from protocol.parcel import Address, Outcome, Parcel, Result
from protocol.scripts import answering
from protocol.settings import Settings
from protocol.times import rfc3339

#: Events of one webhook under way at once, over all postmen.
AT_ONCE = 2
#: Events that one claim sorts by webhook, so that the script stays short.
SORT_LIMIT = 500
#: Deliveries kept in a webhook's log, and for how long, ms (7 days).
LOG_LENGTH, LOG_MS = 200, 604_800_000
#: A postman that has not said so for this long is presumed gone, ms.
POSTMAN_MS = 10_000
_DAY_MS = 86_400_000
#: How an id that is no job's begins -> where its record is, and the field of the caller's name.
_RECORDS = {
    "sb_": (names.BATCH, "reference"),
    "ca_": (names.CAMPAIGN, "name"),
    "mo_": (names.MONITORING_EVENT, "reference"),
}


class Outbox:
    """Claim, look up and settle events.

    Every method raises `LedgerUnavailable` when Redis does not answer in time.
    """

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        #: a postman that died holds its events this long
        self.lease_ms = int(settings.webhook_timeout_s * 3_000)
        self._ttl_ms = settings.webhook_give_up_s * 1_000 + _DAY_MS
        lua = files("protocol").joinpath("lua")
        turn = lua.joinpath("outbox_turn.lua").read_text()
        self._claim, self._settle = (
            client.register_script(turn + lua.joinpath(f"outbox_{name}.lua").read_text())
            for name in ("claim", "settle")
        )

    def claim(self, limit: int) -> list[Parcel]:
        """Take up to `limit` due events, in turns by webhook, `AT_ONCE` of one at most."""
        with answering():
            flat = self._claim(
                keys=[names.OUTBOX, names.TURNS],
                args=[
                    names.WEBHOOK,
                    names.WEBHOOK_POST,
                    names.WEBHOOK_LEASES,
                    names.WEBHOOK_EVENT,
                    names.JOB,
                    names.BATCH,
                    limit,
                    self.lease_ms,
                    AT_ONCE,
                    self._settings.webhook_backlog,
                    self._ttl_ms,
                    SORT_LIMIT,
                    names.CAMPAIGN,
                    names.MONITORING_EVENT,
                ],
            )
        return [_parcel(flat[i : i + 7]) for i in range(0, len(flat), 7)]

    def say_alive(self, host: str) -> None:
        """Say that the postman of a host lives; it is believed for `POSTMAN_MS`."""
        with answering():
            # PEXPIRE is allowed in a Redis that is full, SET is not.
            if not self._client.pexpire(names.POSTMAN + host, POSTMAN_MS):
                self._client.set(names.POSTMAN + host, "", px=POSTMAN_MS)

    def is_alive(self, host: str) -> bool:
        """Tell whether the postman of a host lives."""
        with answering():
            return bool(self._client.exists(names.POSTMAN + host))

    def address(self, parcel: Parcel) -> Address | None:
        """Look up where a parcel goes and what it is about; None when the webhook is gone."""
        prefix, own_name = _RECORDS.get(parcel.id[:3], (names.JOB, "reference"))
        with answering(), self._client.pipeline(transaction=False) as pipe:
            pipe.hmget(names.WEBHOOK + parcel.webhook, "url", "secret", "disabled_ms")
            pipe.get(names.WEBHOOK_OLD_SECRET + parcel.webhook)
            pipe.hmget(prefix + parcel.id, "state", own_name)
            (url, secret, disabled), old, (state, reference) = pipe.execute()
        if url is None or disabled is not None:
            return None
        return Address(url, [secret, old] if old else [secret], state, reference)

    def settle(self, parcel: Parcel, outcome: Outcome, result: Result, wait_s: float = 0) -> bool:
        """Note how an attempt ended.

        Args:
            parcel: as claimed.
            outcome: what becomes of the event.
            result: for the delivery log.
            wait_s: until the next attempt when the outcome is `Outcome.RETRYING`.
        Returns:
            False when the event is no longer this attempt's, and nothing was noted.
        """
        keys = [names.TURNS]
        keys += [
            prefix + parcel.webhook
            for prefix in (names.WEBHOOK, names.WEBHOOK_POST, names.WEBHOOK_LEASES)
        ]
        event = f"{names.WEBHOOK_EVENT}{parcel.webhook}:{parcel.id}"
        with answering():
            noted = self._settle(
                keys=[*keys, event, names.WEBHOOK_LOG + parcel.webhook],
                args=[
                    parcel.webhook,
                    parcel.id,
                    parcel.attempt,
                    outcome,
                    int(wait_s * 1_000),
                    json.dumps(_entry(parcel, outcome, result)),
                    LOG_MS,
                    LOG_LENGTH,
                    AT_ONCE,
                    self._ttl_ms,
                ],
            )
        return bool(noted)


def _parcel(parts: list[Any]) -> Parcel:
    event, webhook, attempt, queued_ms, state, finished_ms, now = parts
    times = (int(finished_ms), int(now))
    return Parcel(event, webhook, int(attempt), int(float(queued_ms)), state, *times)


def _entry(parcel: Parcel, outcome: Outcome, result: Result) -> dict[str, Any]:
    return {
        "event": parcel.event_id,
        "about": parcel.id,
        "attempt": parcel.attempt,
        "at": rfc3339(parcel.claimed_ms),
        "outcome": outcome,
        **result._asdict(),
    }
