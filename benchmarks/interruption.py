"""Signals that end the run: how they are heard, and when they have to wait."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def listen() -> None:
    """Have each of them raise KeyboardInterrupt.

    Of all signals asyncio.run knows only Python's own Ctrl-C, and ends its tasks in order then.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)


@contextmanager
def postponed() -> Iterator[None]:
    """Let a signal wait until the block has ended.

    One that arrives while a process is started would be raised in a hook that Python runs after
    the fork, and swallowed there: the run would go on.
    """
    arrived: list[int] = []
    before = {
        ending: signal.signal(ending, lambda number, _: arrived.append(number))
        for ending in ENDINGS
    }
    try:
        yield
    finally:
        for ending, handler in before.items():
            signal.signal(ending, handler)
    if arrived:
        signal.raise_signal(arrived[0])


def ignore() -> None:
    """Hear none any more: the end is under way and must leave nothing running."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)


def _interrupt(*_: object) -> None:
    signal.raise_signal(signal.SIGINT)
