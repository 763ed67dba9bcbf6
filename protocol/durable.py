"""Files that are there whole or not at all, and that stay when the machine stops."""

import os
from collections.abc import Iterator, Sequence
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
    with replacing_all([path]) as (beside,):
        yield beside


@contextmanager
def placing(path: Path) -> Iterator[Path]:
    """Give a path beside `path`; what stands there when the block ends gets its name, once.

    Raises:
        FileExistsError: the name is taken; what has it is left as it is.
        OSError: it could not be synced or named; nothing is left behind.
    """
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        yield beside
        sync(beside)
        # A rename would take the place of what another process put there meanwhile.
        path.hardlink_to(beside)
    finally:
        beside.unlink(missing_ok=True)
        if path.parent.exists():
            sync(path.parent)


@contextmanager
def replacing_all(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Give paths beside those of some files of one folder, as `replacing` does for each.

    When the machine stops meanwhile some may be there and others not.

    Raises:
        OSError: one could not be synced or renamed; nothing is left beside.
    """
    besides = [path.with_name(f".{path.name}.{uuid4().hex}") for path in paths]
    try:
        yield besides
        for beside in besides:
            sync(beside)
        for beside, path in zip(besides, paths, strict=True):
            beside.replace(path)
        sync(paths[0].parent)
    finally:
        for beside in besides:
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
