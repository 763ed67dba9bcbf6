"""A portfolio on its way to the service: sent as it is read, never held in memory."""

from __future__ import annotations

import io
import uuid
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Callable, Union

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A path, or a file open for reading bytes.
Source = Union[str, "PathLike[str]", IO[bytes]]
#: Told at the start and after each block: bytes sent so far, and in all or None when nobody knows.
Sent = Callable[[int, "int | None"], None]
#: Bytes read and sent at a time.
BLOCK = 262_144
_HEAD = (
    '--{}\r\nContent-Disposition: form-data; name="file"; filename="portfolio"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
)


class Upload:
    """The bytes of a file from where it stands to its end; each iteration sends them anew.

    A stream whose length nobody knows is sent as a form: its last line tells the service that
    nothing was cut off.

    Args:
        file: open for reading bytes.
        sent: told of the progress.
    """

    def __init__(self, file: IO[bytes], sent: Sent | None = None) -> None:
        self._file = file
        self._sent = sent or _unheard
        self._start = _position(file)
        self._begun = False
        #: bytes; None of a stream whose end nobody knows
        self.size = None if self._start is None else _size(file, self._start)
        self._boundary = None if self._start is not None else uuid.uuid4().hex
        #: what went wrong with the file itself while it was sent, which no repeat mends
        self.fault: Exception | None = None

    @property
    def form(self) -> str | None:
        """Content-Type of the form; None: it is sent as it is."""
        return self._boundary and f"multipart/form-data; boundary={self._boundary}"

    @property
    def repeatable(self) -> bool:
        """Whether all of it can be sent (again)."""
        return self.fault is None and (self._start is not None or not self._begun)

    def __iter__(self) -> Iterator[bytes]:
        """Give the blocks.

        Raises:
            ConnectionAbortedError: the file failed, see `fault`: the request must not be ended as
                if it were whole.
        """
        try:
            if self._boundary is None:
                yield from self._blocks()
            else:
                yield _HEAD.format(self._boundary).encode()
                yield from self._blocks()
                yield f"\r\n--{self._boundary}--\r\n".encode()
        except (OSError, ValueError) as error:
            self.fault = error
        if self.fault:
            raise ConnectionAbortedError

    def _blocks(self) -> Iterator[bytes]:
        if self._start is not None:
            self._file.seek(self._start)
        self._begun = True
        done = 0
        self._sent(0, self.size)
        while block := self._file.read(self._next(done)):
            yield block
            done += len(block)
            self._sent(done, self.size)
        if self.size is not None and done < self.size:
            raise ValueError("the portfolio became shorter while it was sent")

    def _next(self, done: int) -> int:
        """Say how much to read; what was added to the file meanwhile is left out."""
        return BLOCK if self.size is None else min(BLOCK, self.size - done)


@contextmanager
def opened(source: Source) -> Iterator[IO[bytes]]:
    """Open a path for the block; a file that is open already is left open.

    Raises:
        OSError: it cannot be opened.
        TypeError: it was opened for text.
    """
    if isinstance(source, io.TextIOBase):
        raise TypeError("open the portfolio for bytes: open(path, 'rb')")
    if isinstance(source, (str, PathLike)):
        with Path(source).open("rb") as file:
            yield file
    else:
        yield source


def _position(file: IO[bytes]) -> int | None:
    try:
        return file.tell() if file.seekable() else None
    except (OSError, AttributeError):
        return None


def _size(file: IO[bytes], start: int) -> int:
    size = file.seek(0, io.SEEK_END) - start
    file.seek(start)
    return max(0, size)


def _unheard(_done: int, _size: int | None) -> None:
    """Tell nobody."""
