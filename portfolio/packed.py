"""A compressed portfolio: how it is known, and what is said of one that is damaged."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portfolio.options import PortfolioError

MAGIC = b"\x1f\x8b"


def is_gzip(path: Path) -> bool:
    """Tell whether a file begins as gzip does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


@contextmanager
def unpacking() -> Iterator[None]:
    """Say of a gzip file that cannot be unpacked that it cannot.

    Raises:
        PortfolioError: it is damaged or cut short.
    """
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise PortfolioError(
            "unreadable", "the gzip file is damaged or cut short; compress and send it again"
        ) from error
