"""What Ctrl-C and a lost connection leave behind: one line, with the command that goes on."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from loanscore_client import ConnectionFailed, RateLimited, Unavailable

#: 128 + SIGINT, as shells have it.
INTERRUPTED = 130
_CURSOR = "\x1b[?25h"


@contextmanager
def interruptible(behind: str) -> Iterator[None]:
    """End at once on Ctrl-C, and say what is left behind.

    The process is ended where it stands. A KeyboardInterrupt raised inside a lock's own code leaves
    the lock held, and what runs on the way out waits for it for ever: seen with urllib3's pool of
    connections.

    Args:
        behind: what goes on, and the command to go on with.
    """

    def end(*_: object) -> NoReturn:
        cursor = _CURSOR if sys.stderr.isatty() else ""
        os.write(2, f"{cursor}\nloanscore: interrupted; {behind}\n".encode())
        os._exit(INTERRUPTED)

    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:  # a background job of a script: its Ctrl-C is not meant for it
        yield
        return
    signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def leaving(behind: str) -> Iterator[None]:
    """As `interruptible`, and say the same when the service does not answer any more.

    Raises:
        ClickException: on no answer; another error of the service is let through.
    """
    try:
        with interruptible(behind):
            yield
    except (ConnectionFailed, RateLimited, Unavailable) as error:
        raise click.ClickException(f"{error}; {behind}") from None
