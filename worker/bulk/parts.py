"""The parts of a campaign's results: one file a range, joined in order when all are there.

A part is written beside its place, synced and renamed: it is there whole or not at all, and the
same frame gives the same bytes, so a range that is scored twice leaves one and the same part.
"""

import re
from pathlib import Path

import polars as pl

from portfolio.options import SCORE_COLUMNS, Format
from protocol.durable import replacing
from worker.bulk.hashed import hashing
from worker.bulk.row_groups import concatenate

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
        if kind == "parquet":
            return concatenate(parts, temporary, empty)
        return _join_text(parts, temporary, kind, empty.clear())


def neutral(texts: pl.Expr) -> pl.Expr:
    """Write texts as a CSV of ours has them: one that a spreadsheet would run with an apostrophe.

    >>> pl.DataFrame({"t": ["=1+1", "a=1"]}).select(neutral(pl.col("t"))).rows()
    [("'=1+1",), ('a=1',)]
    """
    return pl.when(texts.str.contains(FORMULA)).then("'" + texts).otherwise(texts)


def _write(frame: pl.DataFrame, path: Path, kind: Format, *, header: bool) -> None:
    if kind == "parquet":
        # Level 1: a fifth less time than the default level, for files half a percent larger.
        frame.write_parquet(path, compression="zstd", compression_level=1, statistics=False)
    elif kind == "ndjson":
        frame.write_ndjson(path)
    else:
        names = {name: _neutral(name) for name in frame.columns}
        # A score's own texts begin with a letter or a digit: `protocol.artefact` holds the model
        # to it, and to look at every cell of theirs would take a quarter of the time.
        own = pl.selectors.by_name(*SCORE_COLUMNS, require_all=False)
        texts = pl.selectors.string() - own
        safe = frame.with_columns(neutral(texts).name.keep())
        safe.rename(names).write_csv(path, include_header=header, line_terminator="\n")


def _neutral(name: str) -> str:
    return f"'{name}" if re.match(FORMULA, name) else name


def _join_text(parts: list[Path], target: Path, kind: Format, empty: pl.DataFrame) -> str:
    _write(empty, target, kind, header=True)
    header = target.read_bytes()
    with hashing(target) as joined:
        joined.write(header)
        for part in parts:
            joined.copy(part)
    return joined.sha256
