"""Giving way: a single score need not wait behind a chunk where both share a machine's cores."""

import os
import random
import time
from contextlib import suppress
from pathlib import Path

#: How much nicer than all else a worker of campaigns is; 10 is a tenth of their share of a core.
NICE = 10
#: What the whole session of this process is to others, where Linux shares cores by sessions.
_AUTOGROUP = Path("/proc/self/autogroup")
#: Attempts at a moment when no other process writes there.
_TRIES = 10


def give_way() -> None:
    """Let other processes of the machine go first.

    Where sessions have their shares (`kernel.sched_autogroup_enabled`) a process is nicer only than
    others of its session: then the session has to be nicer too, if it is this process's own.
    """
    os.nice(NICE)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # another system, or not to be written in this container
            _be_nice_to_sessions()


def _be_nice_to_sessions() -> None:
    """Write the session's niceness; Linux takes one from all processes together every 0.1 s."""
    for _ in range(_TRIES):
        with suppress(BlockingIOError):
            _AUTOGROUP.write_text(str(NICE))
            return
        time.sleep(random.uniform(0.1, 0.3))  # noqa: S311 - no secret
