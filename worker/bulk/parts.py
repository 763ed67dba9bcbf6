"""The parts of a campaign's results: one file a range, joined in order when all are there.

A part is written beside its place, synced and renamed: it is there whole or not at all, and the
same frame gives the same bytes, so a range that is scored twice leaves one and the same part.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from portfolio.options import Format
from protocol.durable import replacing

#: Bytes copied at once.
BLOCK = 1 << 20
#: A spreadsheet runs a cell that begins with one of these (OWASP, CSV injection).
FORMULA = r"^[=+\-@\t\r]"


def write(frame: pl.DataFrame, path: Path, kind: Format, *, header: bool = False) -> None:
    """Write a frame as one file.

    Args:
        frame: results or faults.
        path: replaced whole; a temporary file stands beside it meanwhile.
        kind: format. In CSV, a text cell that a spreadsheet would run gets a leading apostrophe.
        header: CSV only: whether the names come first. Parts that are joined have none.
    """
    with replacing(path) as temporary:
        _write(frame, temporary, kind, header=header)


def join(parts: list[Path], target: Path, kind: Format, empty: pl.DataFrame) -> str:
    """Stream parts one after another into one file.

    Args:
        parts: written by `write` without a header, in their order.
        target: replaced whole.
        kind: format of the parts and of the target.
        empty: a frame of the parts' columns without rows: the CSV's header, the Parquet's schema.
    Returns:
        The sha256 of the target, 64 hex digits.
    """
    with replacing(target) as temporary:
        joined = _join_parquet if kind == "parquet" else _join_text
        return joined(parts, temporary, kind, empty.clear())


def neutral(texts: pl.Expr) -> pl.Expr:
    """Write texts as a CSV of ours has them: one that a spreadsheet would run with an apostrophe.

    >>> pl.DataFrame({"t": ["=1+1", "a=1"]}).select(neutral(pl.col("t"))).rows()
    [("'=1+1",), ('a=1',)]
    """
    return pl.when(texts.str.contains(FORMULA)).then("'" + texts).otherwise(texts)


def _write(frame: pl.DataFrame, path: Path, kind: Format, *, header: bool) -> None:
    if kind == "parquet":
        frame.write_parquet(path, compression="zstd", statistics=False)
    elif kind == "ndjson":
        frame.write_ndjson(path)
    else:
        names = {name: _neutral(name) for name in frame.columns}
        safe = frame.with_columns(neutral(pl.selectors.string()).name.keep())
        safe.rename(names).write_csv(path, include_header=header, line_terminator="\n")


def _neutral(name: str) -> str:
    return f"'{name}" if re.match(FORMULA, name) else name


def _join_text(parts: list[Path], target: Path, kind: Format, empty: pl.DataFrame) -> str:
    _write(empty, target, kind, header=True)
    digest = hashlib.sha256(target.read_bytes())
    with target.open("ab") as joined:
        for part in parts:
            for block in _blocks(part):
                digest.update(block)
                joined.write(block)
    return digest.hexdigest()


def _join_parquet(parts: list[Path], target: Path, _: Format, empty: pl.DataFrame) -> str:
    frames = [pl.scan_parquet(part) for part in parts]
    pl.concat([empty.lazy(), *frames]).sink_parquet(target, compression="zstd", statistics=False)
    with target.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
