"""The parts of a campaign's results: one file a range, read as one in their order.

The same frame gives the same bytes, so a range that is scored twice leaves one and the same part.
"""

import re
from pathlib import Path

import polars as pl

from portfolio.options import MADE_BY_COLUMNS, SCORE_COLUMNS, Format
from portfolio.parquet import MAGIC
from protocol.durable import replacing
from protocol.joined import Span
from worker.bulk import row_groups
from worker.bulk.categories import only_used

#: A spreadsheet runs a cell that begins with one of these (OWASP, CSV injection).
FORMULA = r"^[=+\-@\t\r]"
#: Columns whose texts are not a score's own. Its own have nothing to quote and begin with a letter
#: or a digit: policy, schema and `_end` hold them to it, and to look at each would take a quarter
#: of the time.
FOREIGN = pl.selectors.all() - pl.selectors.by_name(*SCORE_COLUMNS, require_all=False)
#: A cell in which this is found nowhere is written as it is.
UNUSUAL = r'[",\r\n]|' + FORMULA


def write(frame: pl.DataFrame, path: Path, kind: Format, *, header: bool = False) -> None:
    """Write a frame as one file, which is not synced.

    Args:
        frame: results or faults.
        path: replaced.
        kind: format. In CSV, a text cell that a spreadsheet would run gets a leading apostrophe.
        header: CSV only: whether the names come first. Parts that are joined have none.
    """
    if kind == "parquet":
        # Level 1: a fifth less time than the default level, for files half a percent larger.
        slim = only_used(frame)
        slim.write_parquet(path, compression="zstd", compression_level=1, statistics=False)
    elif kind == "ndjson":
        frame.write_ndjson(path)
    else:
        _write_csv(frame, path, header=header)


def _write_csv(frame: pl.DataFrame, path: Path, *, header: bool) -> None:
    texts = FOREIGN - pl.selectors.numeric() - pl.selectors.boolean()
    unusual = frame.select(texts.cast(pl.String).str.contains(UNUSUAL))
    as_it_is = not header and not any(column.any() for column in unusual)
    safe = frame if as_it_is else _quotable(frame)
    end = "\n" if header else _end(safe)
    varying = safe if header else safe.drop(MADE_BY_COLUMNS, strict=False)
    varying.write_csv(
        path,
        include_header=header,
        line_terminator=end,
        # Else every cell is looked at again, for a sixth of the time.
        quote_style="never" if as_it_is else "necessary",
    )


def _quotable(frame: pl.DataFrame) -> pl.DataFrame:
    """Make texts and names harmless, and empty texts null: they would be quoted too."""
    words = pl.selectors.string(include_categorical=True) | pl.selectors.enum()
    return (
        frame.with_columns(neutral(FOREIGN & pl.selectors.string()).name.keep())
        .with_columns(words.cast(pl.String).replace("", None))
        .rename({name: _neutral(name) for name in frame.columns})
    )


def _end(frame: pl.DataFrame) -> str:
    """Give what each line ends with: the columns that are the same in all of them, written once.

    To write them anew in each row takes a third of the time of all that is written.
    """
    same = frame.select(pl.selectors.by_name(*MADE_BY_COLUMNS, require_all=False)).head(1)
    if not same.width:
        return "\n"
    return "," + same.write_csv(include_header=False, line_terminator="\n")


def join(parts: list[Path], frame: Path, kind: Format, empty: pl.DataFrame) -> list[Span]:
    """Tell of what the one file of some parts consists.

    Args:
        parts: written by `write` without a header, in their order.
        frame: replaced whole: what stands before the parts and behind them.
        kind: format of the parts.
        empty: a frame of the parts' columns without rows: the CSV's header, the Parquet's schema.
    Raises:
        OSError: a part cannot be read, or the frame not be written.
    """
    with replacing(frame) as beside:
        # An Enum is stored as a text, and is one to whoever reads the whole.
        write(empty.clear().cast({pl.Enum: pl.String}), beside, kind, header=True)
        if kind == "parquet":
            spans, footer = row_groups.join(parts, beside)
            head = len(MAGIC)
            beside.write_bytes(MAGIC + footer)
        else:
            spans = [Span(part, 0, part.stat().st_size) for part in parts]
            head = beside.stat().st_size
        size = beside.stat().st_size
    return [Span(frame, 0, head), *spans, Span(frame, head, size)]


def neutral(texts: pl.Expr) -> pl.Expr:
    """Write texts as a CSV of ours has them: one that a spreadsheet would run with an apostrophe.

    >>> pl.DataFrame({"t": ["=1+1", "a=1"]}).select(neutral(pl.col("t"))).rows()
    [("'=1+1",), ('a=1',)]
    """
    return pl.when(texts.str.contains(FORMULA)).then("'" + texts).otherwise(texts)


def _neutral(name: str) -> str:
    return f"'{name}" if re.match(FORMULA, name) else name
