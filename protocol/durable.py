"""Files that are there whole or not at all, and that stay when the machine stops."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

#: Bytes of a large file that wait for the disk at most.
SYNC_BYTES = 8 << 20


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """Write a file that is there whole or not at all, and stays when the machine stops.

    Raises:
        OSError: it could not be written; nothing is left behind.
    """
    with replacing(path) as beside, beside.open("wb") as file:
        yield file


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path beside `path`; what stands there when the block ends takes its place.

    Raises:
        OSError: it could not be synced or renamed; nothing is left behind.
    """
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        yield beside
        sync(beside)
        beside.replace(path)
        sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)


class Steady:
    """Writes to a file that is on the disk as it grows.

    A single sync of a gigabyte at its end holds up everybody's, Redis's too: single scores then
    waited 0.4 s for theirs.

    Args:
        file: open for writing.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._waiting = 0

    def write(self, data: bytes | memoryview) -> int:
        """Write some bytes, and wait for the disk every `SYNC_BYTES`."""
        written = self._file.write(data)
        self._waiting += written
        if self._waiting >= SYNC_BYTES:
            self._file.flush()
            os.fdatasync(self._file.fileno())
            self._waiting = 0
        return written


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
