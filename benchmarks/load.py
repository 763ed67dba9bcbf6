"""One round: a crowd of callers puts every case to one target, each caller one after the other."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from benchmarks.callers import NoAnswerError
from benchmarks.cases import Case
from benchmarks.target import Target

#: Callers at once: as many as our API and the peers have threads.
CALLERS = 32
#: A round that takes longer is ended; what is not answered by then is missing, s.
LONGEST_ROUND_S = 60
#: A single request may take this long, s.
LONGEST_CALL_S = 15


@dataclass
class Round:
    """What one round found."""

    asked: int
    #: seconds from each submission to its answer
    waits: list[float] = field(default_factory=list)
    wrong: int = 0
    #: HTTP requests of all answers
    calls: int = 0
    #: why the first missing answer is missing
    fault: str | None = None
    #: from the first submission to the last answer, s
    seconds: float = 0
    #: processor time of the callers, s
    busy_s: float = 0

    @property
    def checked(self) -> int:
        """Answers that came and were compared."""
        return len(self.waits)

    @property
    def missing(self) -> int:
        """Applications without an answer."""
        return self.asked - self.checked

    @property
    def flawless(self) -> bool:
        """Whether every application got its right answer."""
        return not self.wrong and not self.missing

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.checked / self.seconds


def play(target: Target, cases: list[Case]) -> Round:
    """Put all cases to a target and wait for the answers."""
    return asyncio.run(_play(target, cases))


async def _play(target: Target, cases: list[Case]) -> Round:
    found, waiting = Round(len(cases)), iter(cases)
    async with ClientSession(
        target.url,
        headers=target.headers,
        connector=TCPConnector(limit=CALLERS),
        timeout=ClientTimeout(LONGEST_CALL_S),
    ) as http:
        began, busy = time.perf_counter(), time.process_time()
        try:
            async with asyncio.timeout(LONGEST_ROUND_S), asyncio.TaskGroup() as crowd:
                for _ in range(CALLERS):
                    crowd.create_task(_caller(target, http, waiting, found))
        except TimeoutError:
            found.fault = found.fault or f"not there after {LONGEST_ROUND_S} s"
        found.seconds = time.perf_counter() - began
        found.busy_s = time.process_time() - busy
    return found


async def _caller(
    target: Target, http: ClientSession, waiting: Iterable[Case], found: Round
) -> None:
    """Take cases until none waits; all callers share the one iterator."""
    for case in waiting:
        began = time.perf_counter()
        try:
            answer = await target.ask(http, case)
        except (NoAnswerError, ClientError, TimeoutError) as error:
            found.fault = found.fault or f"{type(error).__name__}: {error}"
            continue
        found.waits.append(time.perf_counter() - began)
        found.calls += answer.calls
        found.wrong += not answer.right
