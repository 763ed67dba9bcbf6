"""Single scores at a steady pace, with and without campaigns beside them."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from aiohttp import ClientError, ClientSession, ClientTimeout

from benchmarks.campaigns.lane import Lane
from benchmarks.cases import Case
from benchmarks.table import markdown
from local import key

#: Applications submitted a second, whether or not earlier ones are answered.
PACE = 25
HEADINGS = ("single scores", "answered", "wrong or missing", "p50 ms", "p99 ms", "longest ms")


@dataclass
class Waits:
    """What callers waited."""

    #: seconds from the moment each was due to its answer
    answered: list[float] = field(default_factory=list)
    flawed: int = 0

    def p(self, share: float) -> float:
        """Give a percentile, ms."""
        return float(np.percentile(self.answered, share)) * 1_000


class Counter:
    """Callers at the counter, while nothing else is to do and while the whole book is rescored.

    Args:
        lane: the service.
        cases: what is asked in a round, `PACE` a second.
        portfolio: CSV; one campaign of it after the other.
    """

    def __init__(self, lane: Lane, cases: list[Case], portfolio: Path) -> None:
        self._lane = lane
        self._cases = cases
        self._portfolio = portfolio
        self.idle, self.busy = Waits(), Waits()
        #: campaigns that were worked off beside
        self.campaigns = 0
        self._ask(Waits())

    def play(self) -> None:
        """Play one round of each."""
        self._ask(self.idle)
        with self._campaigns():
            self._ask(self.busy)

    @property
    def times(self) -> float:
        """How many times longer the p99 is while campaigns run."""
        return self.busy.p(99) / self.idle.p(99)

    def table(self) -> str:
        """Write one row each."""
        rows = {"nothing beside": self.idle, "campaigns beside": self.busy}
        return markdown([HEADINGS, *(_row(name, waits) for name, waits in rows.items())])

    def _ask(self, waits: Waits) -> None:
        asyncio.run(ask(self._lane, self._cases, waits))

    @contextmanager
    def _campaigns(self) -> Iterator[None]:
        """Have campaigns run, from when the first is sent until the block ends."""
        service = self._lane.service
        command = [sys.executable, "-m", "benchmarks.campaigns.book"]
        with subprocess.Popen(
            [*command, service.url, str(self._portfolio)],
            env=os.environ | {"LOANSCORE_KEY": key.read(service.settings)},
            stdout=subprocess.PIPE,
            text=True,
        ) as book:
            assert book.stdout is not None  # noqa: S101 - it is a pipe
            sent = [book.stdout.readline().strip()]
            try:
                yield
            finally:
                book.terminate()
                sent += book.stdout.read().split()
        self.campaigns += len(sent)
        self._lane.erase(sent[-1])


async def ask(lane: Lane, cases: list[Case], waits: Waits) -> None:
    """Ask all cases, `PACE` a second.

    Args:
        lane: the service.
        cases: what is asked.
        waits: what callers waited is added to it.
    """
    bearer = {"Authorization": f"Bearer {key.read(lane.service.settings)}"}
    began = time.perf_counter()
    async with (
        ClientSession(lane.service.url, headers=bearer, timeout=ClientTimeout(15)) as http,
        asyncio.TaskGroup() as callers,
    ):
        for number, case in enumerate(cases):
            due = began + number / PACE
            await asyncio.sleep(max(0, due - time.perf_counter()))
            callers.create_task(_one(http, case, due, waits))


async def _one(http: ClientSession, case: Case, due: float, waits: Waits) -> None:
    """Submit and wait for the answer in one long poll."""
    body = {"application": case.application._asdict()}
    try:
        async with http.post("/v1/scores", json=body, raise_for_status=True) as response:
            where = (await response.json())["links"]["self"]
        async with http.get(
            where, headers={"Prefer": "wait=10"}, raise_for_status=True
        ) as response:
            score = await response.json()
    except (ClientError, TimeoutError):
        waits.flawed += 1
        return
    waits.answered.append(time.perf_counter() - due)
    waits.flawed += not (score["status"] == "succeeded" and case.agrees(score["result"]["pd"]))


def _row(name: str, waits: Waits) -> tuple[str, ...]:
    return (
        name,
        f"{len(waits.answered):,}",
        f"{waits.flawed:,}",
        f"{waits.p(50):.1f}",
        f"{waits.p(99):.1f}",
        f"{waits.p(100):.1f}",
    )
