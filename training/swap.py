"""The swap: puts a complete new folder in the place of an old one in a single step."""

import ctypes
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Set
from pathlib import Path

from protocol.durable import sync
from protocol.errors import ArtefactError

#: renameat2(2): paths are as the process sees them; the two names change places.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def check_replaceable(folder: Path, files: Set[str], variable: str) -> None:
    """Refuse a folder that holds anything else: all of it is deleted when it is replaced.

    Args:
        folder: may be absent.
        files: names of what may lie in it.
        variable: the setting that names another place.
    Raises:
        ArtefactError: it is not a folder, or other things lie in it.
    """
    if folder.exists() and not folder.is_dir():
        raise ArtefactError(f"{folder}: is a file; name a folder in {variable}")
    others = {path.name for path in folder.glob("*")} - files
    if others:
        raise ArtefactError(
            f"{folder}: holds {min(others)!r}, which a new model would delete;"
            f" name a folder of its own in {variable}"
        )


def replace_folder(
    folder: Path, files: Mapping[str, bytes], verify: Callable[[Path], object]
) -> None:
    """Write a complete new folder, verify it, and put it in place of the one that stood there.

    Args:
        folder: made with its parents when absent.
        files: name -> content.
        verify: raises when what was written is not whole; the folder is then left as it was.
    Raises:
        OSError: the disk is full or the folder cannot be written; likewise.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        new.chmod(0o755)  # mkdtemp shuts others out; a worker may run as another user
        for name, data in files.items():
            write_through(new / name, data)
        verify(new)
        put_in_place(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


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
