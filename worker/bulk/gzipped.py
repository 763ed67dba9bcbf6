"""A compressed portfolio, unpacked beside: ranges need a file that can be read from anywhere."""

import gzip
import zlib
from pathlib import Path

from protocol.durable import replacing
from protocol.portfolio import PortfolioError

#: Bytes unpacked at once.
BLOCK = 1 << 20
MAGIC = b"\x1f\x8b"


def is_gzip(path: Path) -> bool:
    """Tell whether a file begins as gzip does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def unpack(path: Path, target: Path, most: int) -> int:
    """Unpack a gzip file, of one member or several.

    Args:
        path: the compressed file.
        target: replaced whole, when all of it was unpacked and its checksum is right.
        most: bytes it may have unpacked; a few kilobytes can hold terabytes of blanks.
    Returns:
        Bytes unpacked.
    Raises:
        PortfolioError: it is no gzip file, damaged, cut short or too large.
    """
    size = 0
    with replacing(target) as temporary, temporary.open("wb") as file:
        try:
            with gzip.open(path) as packed:
                while block := packed.read(BLOCK):
                    size += len(block)
                    if size > most:
                        raise _too_large(most)
                    file.write(block)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise _unreadable(path) from error
    return size


def _too_large(most: int) -> PortfolioError:
    return PortfolioError(
        "too-large", f"the file has more than {most} bytes unpacked; send it in several files"
    )


def _unreadable(path: Path) -> PortfolioError:
    if not is_gzip(path):
        return PortfolioError(
            "wrong-format", "the file is not compressed by gzip; say so, or compress it"
        )
    return PortfolioError(
        "unreadable", "the gzip file is damaged or cut short; compress and send it again"
    )
