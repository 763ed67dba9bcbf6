"""The postman: takes due events from the outbox, carries them, and notes how it went.

Started by `worker.webhooks`, in a process of its own: it talks to strangers, the scoring process
does not. One thread claims, a bounded pool of threads carries.
"""

import logging
import random
import socket
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime

from protocol.errors import LedgerUnavailable
from protocol.outbox import Outbox
from protocol.parcel import Address, Outcome, Parcel, Result
from protocol.settings import Settings
from worker import event
from worker.carrier import Answer, Carrier

log = logging.getLogger("loanscore.webhooks")

#: Between two looks into the outbox, s.
POLL_S = 0.2
#: Between two times it says that it lives, s.
ALIVE_EVERY_S = 2.0
#: Waits vary by this share either way, so that what failed together does not return together.
JITTER = 0.25


class Postman:
    """Carries events until it is told to stop.

    Args:
        outbox: may be used by many threads.
        carrier: likewise.
        settings: how many at once, and when to give up.
        stopping: set to end; what is under way is finished first.
    """

    def __init__(
        self, outbox: Outbox, carrier: Carrier, settings: Settings, stopping: threading.Event
    ) -> None:
        self._outbox = outbox
        self._carrier = carrier
        self._settings = settings
        self._stopping = stopping
        self._say_alive_at = 0.0

    def run(self) -> None:
        """Carry until stopped; an outage of Redis is waited out."""
        under_way: set[Future[None]] = set()
        with ThreadPoolExecutor(self._settings.webhook_threads, "postman") as pool:
            while not self._stopping.is_set():
                for parcel in self._claim(self._settings.webhook_threads - len(under_way)):
                    under_way.add(pool.submit(self._carry, parcel))
                if under_way:
                    under_way = wait(under_way, POLL_S, FIRST_COMPLETED).not_done
                else:
                    self._stopping.wait(POLL_S)

    def _claim(self, places: int) -> list[Parcel]:
        try:
            parcels = self._outbox.claim(places) if places else []
        except LedgerUnavailable as error:
            log.warning("claim: %s", error)
            self._stopping.wait(1)
            return []
        self._say_alive()
        return parcels

    def _say_alive(self) -> None:
        if time.monotonic() < self._say_alive_at:
            return
        self._say_alive_at = time.monotonic() + ALIVE_EVERY_S
        try:
            self._outbox.say_alive(socket.gethostname())
        except LedgerUnavailable as error:
            log.warning("alive: %s", error)

    def _carry(self, parcel: Parcel) -> None:
        try:
            address = self._outbox.address(parcel)
            if address is not None:
                self._deliver(parcel, address)
        except LedgerUnavailable as error:
            # The lease ends and the event is sent again: twice rather than never.
            log.warning("%s of %s: %s", parcel.event_id, parcel.webhook, error)

    def _deliver(self, parcel: Parcel, address: Address) -> None:
        answer = self._send(parcel, address)
        wait_s = self._wait_s(parcel.attempt)
        outcome = self._outcome(parcel, answer, wait_s)
        noted = self._outbox.settle(parcel, outcome, Result(event.kind(parcel), *answer), wait_s)
        log.info(
            "%s about %s to %s, attempt %s: %s (%s) in %s ms%s",
            parcel.event_id,
            parcel.id,
            parcel.webhook,
            parcel.attempt,
            outcome,
            answer.status or answer.error,
            answer.ms,
            "" if noted else ", after its lease",
        )

    def _send(self, parcel: Parcel, address: Address) -> Answer:
        try:
            text = event.body(parcel, address)
            headers = event.headers(parcel, address, text, datetime.now(UTC))
            return self._carrier.send(address.url, headers, text.encode())
        except Exception as error:  # noqa: BLE001 - a fault of ours must be settled like any other
            # Only the type: the text may hold a URL, a secret or a reference.
            log.warning("%s: our fault: %s", parcel.event_id, type(error).__name__)
            return Answer(None, "internal-error", 0)

    def _outcome(self, parcel: Parcel, answer: Answer, wait_s: float) -> Outcome:
        if answer.status is not None and 200 <= answer.status < 300:
            return Outcome.DELIVERED
        if answer.status == 410:
            return Outcome.DISABLED
        age_s = (parcel.claimed_ms - parcel.queued_ms) / 1_000 + wait_s
        if parcel.attempt >= self._settings.webhook_max_attempts:
            return Outcome.GIVEN_UP
        return Outcome.RETRYING if age_s < self._settings.webhook_give_up_s else Outcome.GIVEN_UP

    def _wait_s(self, attempt: int) -> float:
        waits = self._settings.webhook_backoff_s
        wait_s = waits[min(attempt, len(waits)) - 1]
        return wait_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
