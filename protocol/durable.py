"""Files that are there whole or not at all, and that stay when the machine stops."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


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


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
