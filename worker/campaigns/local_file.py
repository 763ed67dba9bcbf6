"""A portfolio in a folder of this machine: opened below its prefix, and nowhere else."""

import os
import stat
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

from protocol.source import Source
from worker.campaigns.input_errors import changed, reading, too_large, unreadable

#: Bytes read at once.
BLOCK = 8 << 20
_BELOW = os.O_NOFOLLOW | os.O_CLOEXEC
#: O_PATH: who may pass through a folder need not be able to list it.
_FOLDER = os.O_PATH | os.O_DIRECTORY
#: Opening a pipe must not wait for whoever writes into it.
_FILE = os.O_RDONLY | os.O_NONBLOCK


def blocks(source: Source, most: int) -> Generator[bytes, None, None]:
    """Read a file, block by block.

    Args:
        source: a file:// URI.
        most: bytes it may have.
    Raises:
        PortfolioError: it is not there, not readable, no regular file, leads out of its prefix, is
            too large, or was changed while it was read.
        InputAway: it cannot be read now.
    """
    with reading(), ExitStack() as stack:
        handle = _opened(source, stack)
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise unreadable("The URI names no regular file; name one, in a new campaign.")
        if before.st_size > most:
            raise too_large(most)
        left = before.st_size
        while left and (block := os.read(handle, min(BLOCK, left))):
            left -= len(block)
            yield block
        if _state(os.fstat(handle)) != _state(before):
            raise changed()


def _opened(source: Source, stack: ExitStack) -> int:
    """Open folder after folder, so that none can become a link between a look and the next."""
    root = Path(os.path.realpath(source.prefix.removeprefix("file://"), strict=True))
    target = Path(os.path.realpath(root / source.rest, strict=True))
    if not target.is_relative_to(root):
        raise unreadable("The URI leads out of its prefix by a link; name the file itself.")
    *folders, name = (str(root), *target.relative_to(root).parts)
    handle: int | None = None
    for folder in folders:
        handle = os.open(folder, _FOLDER | _BELOW, dir_fd=handle)
        stack.callback(os.close, handle)
    file = os.open(name, _FILE | _BELOW, dir_fd=handle)
    stack.callback(os.close, file)
    return file


def _state(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns
