"""The swap: puts a complete new folder in the place of an old one in a single step."""

import ctypes
import os
import shutil
from pathlib import Path

from protocol.durable import sync

#: renameat2(2): paths are as the process sees them; the two names change places.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def put_in_place(new: Path, place: Path) -> None:
    """Move folder `new` to `place` and delete what stood there; both on one file system.

    A reader finds the old folder or the new one, also when this process dies half-way.
    """
    if not place.exists():
        new.rename(place)
    else:
        if not _exchanged(new, place):
            _in_two_steps(new, place)
        shutil.rmtree(new)
    sync(place.parent)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two folders change places; False where the system cannot (macOS, some file systems)."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    paths = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other))
    return rename is not None and rename(*paths, _RENAME_EXCHANGE) == 0


def _in_two_steps(new: Path, place: Path) -> None:
    """Let two folders change places; for a moment a reader finds none, never half of one."""
    aside = new.with_name(new.name + ".old")
    place.rename(aside)
    new.rename(place)
    aside.rename(new)


def write_through(path: Path, data: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    path.write_bytes(data)
    sync(path)
