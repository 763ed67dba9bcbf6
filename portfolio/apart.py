"""Read a Parquet file's columns in a process of its own.

Damage in a file, or an author's malice, can make the library that reads it ask for more memory than
there is, which ends the process (polars 2.1: a flipped byte asked for two exabytes). It must not be
the API's. The library takes longer to load than a footer to read: so a program that has loaded it
stands by and forks for each file.
"""

import atexit
import json
import os
import select
import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import Any

from portfolio.options import Options, PortfolioError

#: A footer that is not read by then is not read, s.
LONGEST_S = 30
#: What a program that has just been started takes to load the library at most, beyond that, s.
LOADING_S = 30


class Reader:
    """The program that stands by: started when it is first asked, and again when it is gone."""

    def __init__(self) -> None:
        self._program: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Have one file read; empty when that ended the process which read it."""
        with self._lock:
            program = self._started()
            try:
                return self._answer(program, json.dumps(question).encode() + b"\n")
            except (OSError, ValueError):
                self._end()
                return {}

    def stand_by(self) -> None:
        """Start the program if it does not run."""
        with self._lock:
            self._started()

    def close(self) -> None:
        """End the program."""
        with self._lock:
            self._end()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._program is not None and self._program.poll() is not None:
            self._end()
        if self._program is None:
            # It ends when its input does: with this process, however that ends.
            self._program = subprocess.Popen(
                [sys.executable, "-m", "portfolio.parquet", str(LONGEST_S)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._program

    def _end(self) -> None:
        if self._program is not None:
            with self._program:
                self._program.kill()
            self._program = None

    def _answer(self, program: subprocess.Popen[bytes], question: bytes) -> dict[str, Any]:
        assert program.stdin is not None and program.stdout is not None  # noqa: S101, PT018 - pipes
        os.write(program.stdin.fileno(), question)
        if not select.select([program.stdout], [], [], LONGEST_S + LOADING_S)[0]:
            raise TimeoutError
        answer: dict[str, Any] = json.loads(program.stdout.readline())
        return answer


reader = Reader()
atexit.register(reader.close)


def columns(path: Path, options: Options) -> tuple[str, ...]:
    """Read the names of the columns, see `portfolio.parquet.columns`.

    Raises:
        PortfolioError: as there, or reading it ended the process or took too long.
    """
    said = reader.ask({"path": str(path.resolve()), "options": options.model_dump(mode="json")})
    if not said:
        raise PortfolioError(
            "unreadable", "the Parquet file's footer cannot be read; export the file again"
        )
    if "code" in said:
        raise PortfolioError(said["code"], said["detail"])
    return tuple(said["columns"])
