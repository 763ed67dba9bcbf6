"""The first bytes of a text file: enough to tell that it is text, and to read its header."""

import gzip
from pathlib import Path
from typing import NamedTuple

from portfolio.options import PortfolioError
from portfolio.packed import unpacking

#: Longest row taken, bytes: what one row can make a worker hold.
LONGEST_LINE = 1 << 20

_BOM = b"\xef\xbb\xbf"
#: First bytes of what is often sent in the place of text -> what it is, what to do.
_OTHERS = (
    (b"\x1f\x8b", "compressed", "gzip data within gzip data", "compress it once"),
    (b"PK\x03\x04", "wrong-format", "a ZIP archive or a workbook", "export it as CSV"),
    (b"PAR1", "wrong-format", "a Parquet file", "give the format parquet"),
    (b"\x28\xb5\x2f\xfd", "compressed", "zstd data", "unpack it"),
    (b"\xff\xfe", "not-utf-8", "UTF-16 text", "export it as UTF-8"),
    (b"\xfe\xff", "not-utf-8", "UTF-16 text", "export it as UTF-8"),
)


class Opening(NamedTuple):
    """The first bytes of a text file."""

    #: a little more than `LONGEST_LINE` bytes at most, without the byte order mark
    data: bytes
    #: bytes of the byte order mark
    skipped: int


def read_opening(path: Path, *, packed: bool) -> Opening:
    """Read the first bytes of a file.

    Args:
        path: the file.
        packed: whether it is to be unpacked by gzip.
    Raises:
        PortfolioError: the file is empty, damaged, or does not begin as UTF-8 text does.
    """
    with unpacking(), gzip.open(path) if packed else path.open("rb") as file:
        data = file.read(LONGEST_LINE + len(_BOM) + 1)
    for magic, code, what, remedy in _OTHERS:
        if data.startswith(magic):
            raise PortfolioError(code, f"the file is {what}, not text; {remedy}")
    skipped = len(_BOM) if data.startswith(_BOM) else 0
    data = data[skipped:]
    if not data.strip():
        raise PortfolioError("empty-file", "the file is empty; send a file with rows")
    return Opening(data, skipped)


def check_text(data: bytes, offset: int, line: int) -> None:
    """Refuse bytes that are not UTF-8 text.

    Args:
        data: whole lines.
        offset: of the first byte in the file.
        line: physical line of the first byte.
    Raises:
        PortfolioError: naming the byte and the line of the first fault.
    """
    nul = data.find(b"\0")
    if nul >= 0:
        raise PortfolioError(
            "nul-bytes",
            f"line {line + data.count(10, 0, nul)}: a NUL byte at byte {offset + nul};"
            " the file is binary or was damaged, export it again as UTF-8 text",
        )
    try:
        data.isascii() or data.decode()
    except UnicodeDecodeError as error:
        raise PortfolioError(
            "not-utf-8",
            f"line {line + data.count(10, 0, error.start)}: byte {offset + error.start} is not"
            " UTF-8; export the file again as UTF-8",
        ) from error
