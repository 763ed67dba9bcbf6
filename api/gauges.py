"""What the workers are scaled by, for CloudWatch: a line of the log for each lane, every minute.

The lines are in CloudWatch's embedded metric format, so that it needs no client, no network and no
permission but that of the log. Written by the API's parent process, because APIs run when no worker
does: a lane without a worker has gauges too. One API of a fleet writes at a time, zeros included;
no line means that nobody could look. Only counts and ages are in them.
"""

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any, TextIO

import redis

from protocol import names, presence
from protocol.campaigns import Campaigns
from protocol.errors import LedgerUnavailable
from protocol.ledger import Ledger
from protocol.scripts import answering

#: A turn is shorter than a minute, so that each minute of CloudWatch's has a value.
TURN_MS = 55_000
#: Between two looks whether it is this API's turn, s.
LOOK_S = 5.0
SECONDS, COUNT = "Seconds", "Count"
#: Unit of each gauge, by lane.
GAUGES: Mapping[str, Mapping[str, str]] = {
    "scores": {
        "OldestSeconds": SECONDS,
        "Backlog": COUNT,
        "Workers": COUNT,
        "DeadLetters": COUNT,
        "Drift": COUNT,
    },
    "campaigns": {"OldestSeconds": SECONDS, "Backlog": COUNT, "Workers": COUNT},
}


class Gauges:
    """Reads the ledger's counts and writes them, when it is this API's turn.

    Args:
        client: of the Redis that has the ledger.
        ledger: of scores.
        campaigns: of the other lane.
        namespace: CloudWatch's word for where the gauges are found.
    """

    def __init__(
        self, client: redis.Redis, ledger: Ledger, campaigns: Campaigns, namespace: str
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._campaigns = campaigns
        self._namespace = namespace

    def write(self, out: TextIO) -> bool:
        """Write one line for each lane, unless some API did within `TURN_MS`.

        Raises:
            LedgerUnavailable: Redis does not answer; nothing was written.
        """
        with answering():
            name = f"{socket.gethostname()}:{os.getpid()}"
            if not self._client.set(names.GAUGES, name, nx=True, px=TURN_MS):
                return False
            now_ms = presence.now_ms(self._client)
        lanes = self._read()
        lines = (embedded(self._namespace, lane, values, now_ms) for lane, values in lanes.items())
        out.writelines(json.dumps(line) + "\n" for line in lines)
        out.flush()
        return True

    def _read(self) -> dict[str, dict[str, float]]:
        books, backlog = self._ledger.books(), self._campaigns.backlog()
        return {
            "scores": {
                "OldestSeconds": max(0.0, books.oldest_s),
                "Backlog": books.queued + books.running,
                "Workers": len(self._ledger.live_workers()),
                "DeadLetters": books.dead_letters,
                "Drift": books.drift,
            },
            "campaigns": {
                "OldestSeconds": backlog.oldest_s,
                "Backlog": backlog.waiting + backlog.running,
                "Workers": len(self._campaigns.live_workers()),
            },
        }

    def keep_writing(self, out: TextIO) -> None:
        """Write from a thread of this process for as long as it lives."""
        threading.Thread(target=self._loop, args=(out,), name="gauges", daemon=True).start()

    def _loop(self, out: TextIO) -> None:
        while True:
            # that no line is written says so; the alarm is on missing ones
            with contextlib.suppress(LedgerUnavailable):
                self.write(out)
            time.sleep(LOOK_S)


def embedded(namespace: str, lane: str, values: Mapping[str, float], now_ms: int) -> dict[str, Any]:
    """Give one lane's gauges in the embedded metric format.

    Source: Amazon CloudWatch user guide, "Specification: Embedded metric format".

    Args:
        namespace: of the metrics.
        lane: `scores` or `campaigns`, their only dimension.
        values: of every gauge of `GAUGES[lane]`.
        now_ms: Redis's clock, milliseconds since 1970.
    """
    metrics = [{"Name": name, "Unit": unit} for name, unit in GAUGES[lane].items()]
    directive = {"Namespace": namespace, "Dimensions": [["Lane"]], "Metrics": metrics}
    return {
        "_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [directive]},
        "Lane": lane,
        **{name: values[name] for name in GAUGES[lane]},
    }
