"""A target: one service that is up, and how a caller asks it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import ClientSession

from benchmarks.callers import Answer
from benchmarks.cases import Case


@dataclass(frozen=True)
class Target:
    """One row of the table."""

    name: str
    url: str
    ask: Callable[[ClientSession, Case], Awaitable[Answer]]
    #: raises when one of its processes has ended
    check: Callable[[], None]
    headers: Mapping[str, str] = field(default_factory=dict)
