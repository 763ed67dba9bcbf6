"""Callers that submit steadily while containers are stopped, and what became of each submission."""

import threading
from collections import Counter

from loanscore_client import Client
from loanscore_client.errors import LoanscoreError as CallerError

from protocol.application import EXAMPLE

#: Callers at once.
CALLERS = 4
#: Between two submissions of one caller, s: enough are under way, and their ends soon read.
PAUSE_S = 0.02


class Load:
    """Callers in threads; each submission has an idempotency key and is repeated by the client."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._submit, args=(n,)) for n in range(CALLERS)]
        self.accepted: dict[str, str] = {}
        self.refused: Counter[str] = Counter()

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _submit(self, number: int) -> None:
        with Client(self._url, self._key) as client:
            for count in range(100_000):
                if self._stopping.is_set():
                    return
                key = f"{number}-{count}"
                try:
                    accepted = client.create(EXAMPLE._asdict(), idempotency_key=key)
                except CallerError as error:  # not accepted, so nothing is promised
                    self.refused[type(error).__name__] += 1
                else:
                    self.accepted[key] = accepted.id
                self._stopping.wait(PAUSE_S)

    def outcomes(self) -> Counter[str]:
        """Wait for every accepted job's end and count the ends."""
        with Client(self._url, self._key) as client:
            return Counter(client.wait(job, wait_s=60).status for job in self.accepted.values())
