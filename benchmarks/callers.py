"""How a caller gets one answer of each service: the same application, the same pauses."""

import asyncio
from typing import Any, NamedTuple

from aiohttp import ClientSession

from benchmarks.cases import Case
from protocol.errors import LoanscoreError

#: Pause between the submission and the first poll, s.
FIRST_PAUSE_S = 0.01
#: Every further pause is this many times as long, up to `LONGEST_PAUSE_S`.
GROWTH = 1.5
LONGEST_PAUSE_S = 0.1


class NoAnswerError(LoanscoreError):
    """A service answered with an error, or said that it could not score."""


class Answer(NamedTuple):
    """What came back."""

    #: agrees with the case's own pd
    right: bool
    #: HTTP requests it took
    calls: int


async def ask_loanscore(http: ClientSession, case: Case) -> Answer:
    """Submit to our API and poll the score."""
    body = {"application": case.application._asdict()}
    accepted = await _call(http, "POST", "/v1/scores", 202, json=body)
    score, polls = await _polled(http, accepted["links"]["self"])
    return Answer(case.agrees(score["result"]["pd"]), 1 + polls)


async def ask_obvious_way(http: ClientSession, case: Case) -> Answer:
    """Submit to the obvious way and poll the task."""
    accepted = await _call(http, "POST", "/scores", 202, json=case.application._asdict())
    score, polls = await _polled(http, f"/scores/{accepted['id']}")
    return Answer(case.agrees(score["pd"]), 1 + polls)


async def ask_predecessor(http: ClientSession, case: Case) -> Answer:
    """Post the form; the answer is in the response."""
    answer = await _call(http, "POST", "/predict", 200, data=case.application._asdict())
    return Answer(case.agrees(answer["pd"]), 1)


async def ask_nothing(http: ClientSession, case: Case) -> Answer:
    """Post to the route that does nothing: 204 is the right answer."""
    await _call(http, "POST", "/", 204, json=case.application._asdict())
    return Answer(right=True, calls=1)


async def _polled(http: ClientSession, path: str) -> tuple[dict[str, Any], int]:
    pause, polls = FIRST_PAUSE_S, 0
    while True:
        await asyncio.sleep(pause)
        score = await _call(http, "GET", path, 200)
        polls += 1
        if score["status"] == "succeeded":
            return score, polls
        if score["status"] not in ("queued", "running"):
            raise NoAnswerError(f"GET {path}: {score}")
        pause = min(pause * GROWTH, LONGEST_PAUSE_S)


async def _call(
    http: ClientSession, method: str, path: str, expected: int, **body: Any
) -> dict[str, Any]:
    async with http.request(method, path, **body) as response:
        if response.status != expected:
            raise NoAnswerError(f"{method} {path}: {response.status} {await response.text()}")
        return {} if expected == 204 else await response.json()
