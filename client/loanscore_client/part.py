"""A file that is being fetched: what has come of it lies beside it until it is whole."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

#: Bytes read from a disk at a time.
BLOCK = 1_048_576


class Part:
    """`<name>.part`, and `<name>.part.etag`: which version of the file its bytes are of.

    Args:
        path: of the part; it may be there from an earlier, interrupted fetch.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version = path.with_name(path.name + ".etag")

    @property
    def size(self) -> int:
        """Bytes that are here."""
        return self._path.stat().st_size if self._path.exists() else 0

    def wanted(self) -> dict[str, str]:
        """Give the headers that ask for what is missing.

        The last byte is asked for again: a range that begins behind the end of a whole file would
        be refused.
        """
        try:
            etag = self._version.read_text(encoding="ascii")
        except (OSError, ValueError):
            return {}
        return {"Range": f"bytes={self.size - 1}-", "If-Range": etag} if self.size else {}

    def add(self, blocks: Iterable[bytes], start: int, etag: str | None) -> Iterator[int]:
        """Write what comes; what was here from `start` on is dropped first.

        Args:
            blocks: of the file.
            start: where in the file they begin.
            etag: of the file; None: this part cannot be continued later.
        Yields:
            How many bytes are here, after each block.
        """
        self._version.unlink(missing_ok=True)
        with self._path.open("r+b" if start else "wb") as file:
            file.truncate(start)
            file.seek(start)
            if etag is not None:
                self._version.write_text(etag, encoding="ascii")
            for block in blocks:
                file.write(block)
                yield file.tell()
            _keep(file)

    def become(self, target: Path, sha256: bytes) -> bool:
        """Take the file's name when it is whole; thrown away when it is damaged.

        Args:
            target: replaced when it exists.
            sha256: the digest it must have.
        Returns:
            Whether it was whole.
        """
        whole = is_file_of(self._path, sha256)
        self._version.unlink(missing_ok=True)
        if whole:
            self._path.replace(target)
        else:
            self._path.unlink()
        return whole

    def drop(self) -> None:
        """Throw it away."""
        self._version.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)


def is_file_of(path: Path, sha256: bytes) -> bool:
    """Tell whether a file is there and has this digest."""
    if not path.is_file():
        return False
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.digest() == sha256


def repr_digest(header: str | None) -> bytes | None:
    """Read the SHA-256 out of a Repr-Digest header (RFC 9530); None: it has none.

    >>> repr_digest("sha-512=:YQ==:, sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:").hex()
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    """
    for member in (header or "").split(","):
        algorithm, _, value = member.strip().partition("=")
        if algorithm == "sha-256":
            try:
                return base64.b64decode(value.strip(":"), validate=True)
            except (binascii.Error, ValueError):
                return None
    return None


def _keep(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
