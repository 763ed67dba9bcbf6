"""A long file that is kept as the parts it was written in and read as one.

To copy the parts into one file would write everything twice, and keep it twice.
"""

import errno
import io
import json
import os
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from protocol.durable import written

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: Bytes read at once.
BLOCK = 1 << 18


class Span(NamedTuple):
    """Some bytes of a part."""

    path: Path
    start: int
    #: the byte after the last; more than `start`
    end: int


def write_joined(index: Path, spans: Iterable[Span]) -> None:
    """Write down of which parts a file consists.

    Args:
        index: replaced whole; the parts are in its folder, or in one below it.
        spans: in their order; those without a byte are left out.
    Raises:
        OSError: it could not be written.
    """
    listed = [
        (str(span.path.relative_to(index.parent)), span.start, span.end)
        for span in spans
        if span.end > span.start
    ]
    with written(index) as file:
        file.write(json.dumps(listed).encode())


def read_spans(index: Path) -> list[Span]:
    """Read of which parts a file consists.

    Raises:
        OSError: the index cannot be read.
    """
    listed = json.loads(index.read_bytes())
    return [Span(index.parent / name, start, end) for name, start, end in listed]


def open_joined(index: Path) -> io.BufferedReader:
    """Open the file, to be read from anywhere.

    Raises:
        OSError: the index or a part is not there, or a part is shorter than it was.
    """
    return io.BufferedReader(_Joined(read_spans(index)), BLOCK)


class _Joined(io.RawIOBase):
    """Reads one part after another; no more than one is open at once."""

    def __init__(self, spans: list[Span]) -> None:
        self._spans = spans
        # Before the first byte is given: who has begun to send a file cannot say that it is gone.
        for span in spans:
            if span.path.stat().st_size < span.end:
                raise _short(span.path)
        #: where each part begins, and the end
        self._starts = [0, *accumulate(span.end - span.start for span in spans)]
        self._at = 0
        self._open: tuple[int, int] | None = None  # number of a part, and its handle

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origins = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._starts[-1]}
        self._at = max(0, origins[whence] + offset)
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if self._at >= self._starts[-1]:
            return 0
        number = bisect_right(self._starts, self._at) - 1
        span, view = self._spans[number], memoryview(buffer)
        left = self._starts[number + 1] - self._at
        place = span.end - left
        count = os.preadv(self._handle(number), [view[:left]], place)
        if not count and view:
            raise _short(span.path)
        self._at += count
        return count

    def close(self) -> None:
        if self._open is not None:
            os.close(self._open[1])
            self._open = None
        super().close()

    def _handle(self, number: int) -> int:
        if self._open is None or self._open[0] != number:
            handle = os.open(self._spans[number].path, os.O_RDONLY)
            if self._open is not None:
                os.close(self._open[1])
            self._open = number, handle
        return self._open[1]


def _short(path: Path) -> OSError:
    return OSError(errno.EIO, "a part is shorter than it was", path.name)
