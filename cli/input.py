"""The file that a command sends: a path, or standard input."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click


@contextmanager
def opened(name: str) -> Iterator[IO[bytes]]:
    """Open a FILE argument for reading bytes; - is standard input.

    Raises:
        BadParameter: it cannot be opened.
    """
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - what the block raises is no usage error
    except OSError as error:
        raise click.BadParameter(f"{name}: {error.strerror}", param_hint="FILE") from None
    with file:
        yield file
