"""A compressed portfolio, unpacked beside: ranges need a file that can be read from anywhere."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

from portfolio.options import PortfolioError
from portfolio.packed import unpacking
from protocol.durable import replacing

#: Bytes unpacked at once.
BLOCK = 1 << 20


def unpack(path: Path, target: Path, most: int, note: Callable[[str], None]) -> int:
    """Unpack a gzip file, of one member or several.

    Args:
        path: the compressed file.
        target: replaced whole, when all of it was unpacked and its checksum is right.
        most: bytes it may have unpacked; a few kilobytes can hold terabytes of blanks.
        note: called with the sha256 of what was unpacked, 64 hex digits, before it is in place.
    Returns:
        Bytes unpacked.
    Raises:
        PortfolioError: it is no gzip file, damaged, cut short or too large.
    """
    size, digest = 0, hashlib.sha256()
    with replacing(target) as temporary:
        with temporary.open("wb") as file, unpacking(), gzip.open(path) as packed:
            while block := packed.read(BLOCK):
                size += len(block)
                if size > most:
                    raise _too_large(most)
                digest.update(block)
                file.write(block)
        note(digest.hexdigest())
    return size


def _too_large(most: int) -> PortfolioError:
    return PortfolioError(
        "too-large", f"the file has more than {most} bytes unpacked; send it in several files"
    )
