"""A file that is hashed while it is written."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from protocol.durable import Steady

#: Bytes copied at once: they stay in the processor's cache until they are hashed and written.
BLOCK = 1 << 18


class Hashed:
    """A file, the bytes written to it so far, and their digest.

    Args:
        path: of the file; replaced.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._steady = Steady(self._file)
        self._digest = hashlib.sha256()
        self._block = memoryview(bytearray(BLOCK))
        self.size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Write some bytes."""
        self._digest.update(data)
        self._steady.write(data)
        self.size += len(data)

    def copy(self, source: Path, start: int = 0, end: int | None = None) -> None:
        """Write what another file holds from `start` until before `end`; None is its end."""
        with source.open("rb", buffering=0) as file:
            file.seek(start)
            left = (source.stat().st_size if end is None else end) - start
            while left > 0 and (count := file.readinto(self._block[:left])):
                self.write(self._block[:count])
                left -= count

    @property
    def sha256(self) -> str:
        """The digest of all that was written, 64 hex digits."""
        return self._digest.hexdigest()

    def close(self) -> None:
        """Hand the last bytes to the system."""
        self._file.close()


@contextmanager
def hashing(path: Path) -> Iterator[Hashed]:
    """Have a hashed file open while the block runs."""
    hashed = Hashed(path)
    try:
        yield hashed
    finally:
        hashed.close()
