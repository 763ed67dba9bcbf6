"""The checksum of a file of records, beside it as `sha256sum` writes it.

Bytes are compared before they are read as Parquet: damage can make the library that reads them ask
for more memory than there is, which ends the process (polars 2.1: a flipped bit asked for two
exabytes). It must end no worker, and leave no file unnamed.
"""

from hashlib import sha256
from pathlib import Path

from protocol import durable


def beside(path: Path) -> Path:
    """Name the file with the checksum of `path`."""
    return path.with_suffix(".sha256")


def fits(path: Path, data: bytes) -> bool:
    """Say whether these bytes were written to `path`; True where nothing is known of it."""
    known = _known(path)
    return not known or _digest(data) in known


def expect(path: Path, data: bytes) -> None:
    """Say that these bytes are about to be written to `path`: what stands there fits as well."""
    _write(path, [*_known(path), _digest(data)])


def settle(path: Path, data: bytes) -> None:
    """Say that these bytes are written to `path`."""
    _write(path, [_digest(data)])


def _known(path: Path) -> list[str]:
    try:
        lines = beside(path).read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return []
    return [line.partition(" ")[0] for line in lines]


def _write(path: Path, digests: list[str]) -> None:
    lines = [f"{digest}  {path.name}\n" for digest in dict.fromkeys(digests)]
    with durable.written(beside(path)) as file:
        file.write("".join(lines).encode())


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
