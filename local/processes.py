"""Start processes and stop them again, in order, whatever happens in between."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from protocol.errors import LoanscoreError

#: A process that has not ended this long after SIGTERM is killed, s.
PATIENCE_S = 15
_PR_SET_PDEATHSIG = 1


class ProcessEndedError(LoanscoreError):
    """A process that should still run has ended."""


@dataclass(frozen=True)
class Process:
    """A running process and where it writes."""

    name: str
    popen: "subprocess.Popen[bytes]"
    log: Path

    def check(self) -> None:
        """Make sure it runs.

        Raises:
            ProcessEndedError: it has ended; the text has the last line it wrote.
        """
        code = self.popen.poll()
        if code is not None:
            last = self.log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
            raise ProcessEndedError(
                f"the {self.name} ended with exit code {code}: {last[-1]} (all of it: {self.log})"
            )

    def stop(self) -> None:
        """Ask it to end and wait; kill it, and all it started, when it does not listen.

        An API that is stopped while it starts waits for ever for its own child, which was forked
        with its parent's handlers and let the signal pass.
        """
        self.popen.terminate()
        try:
            self.popen.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()


def start(name: str, command: Sequence[str], environment: Mapping[str, str], logs: Path) -> Process:
    """Start a process in the background.

    Args:
        name: for the log file and for messages.
        command: program and arguments.
        environment: all of it.
        logs: folder of the log file, which is begun anew.
    """
    log = logs / f"{name}.log"
    with log.open("wb") as output:
        return Process(name, _spawn(command, environment, output.fileno()), log)


def run_to_end(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a process on this terminal and wait; it is stopped when the wait is interrupted.

    Returns:
        Its exit code.
    """
    popen = _spawn(command, environment, None)
    try:
        return popen.wait()
    finally:
        if popen.poll() is None:
            popen.terminate()
            popen.wait()


def _spawn(
    command: Sequence[str], environment: Mapping[str, str], output: int | None
) -> "subprocess.Popen[bytes]":
    """Spawn in a session of its own, so that Ctrl-C reaches only the parent, who stops it in order.

    Should the parent be killed outright, the kernel sends the child SIGTERM.
    """
    return subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call, and no thread runs yet
    )


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
