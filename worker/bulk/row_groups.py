"""The row groups of Parquet files, made the row groups of one file as they are.

To unpack and pack them again takes as long as to score their rows. A footer names each column of
each row group by its place in the file: only the places are changed. Source: the Parquet format's
parquet.thrift.
"""

from collections.abc import Iterator
from pathlib import Path

from portfolio.parquet import MAGIC
from protocol.joined import Span
from worker.bulk.thrift import Items, Reader, Struct, Value, write

#: Bytes at a file's end behind its footer: the footer's length and the magic.
_TAIL = 4 + len(MAGIC)
# Fields of FileMetaData.
_SCHEMA, _ROWS, _GROUPS = 2, 3, 4
# Fields of RowGroup.
_COLUMNS, _GROUP_ROWS, _GROUP_PLACE, _ORDINAL = 1, 3, 5, 7
# Fields of ColumnChunk and of its ColumnMetaData: what they hold, and the places in the file.
_COLUMN = 3
_COLUMN_PLACES, _PLACES = (4, 6), (9, 10, 11, 14)


def join(parts: list[Path], empty: Path) -> tuple[list[Span], bytes]:
    """Tell of what row groups the one file of some files consists, and write its footer.

    Args:
        parts: written by polars, of the same columns.
        empty: a file of those columns without rows.
    Returns:
        The bytes of the parts that follow the first `MAGIC`, and what stands behind them.
    Raises:
        ValueError: a part has other columns, or is no Parquet file.
    """
    _, footer = _footer(empty)
    groups: list[Struct] = []
    spans: list[Span] = []
    size = 0  # bytes of the spans
    for part in parts:
        end, found = _footer(part)
        if found[_SCHEMA] != footer[_SCHEMA]:
            raise ValueError(f"{part.name} has other columns than the others")
        groups += _moved(found, size, len(groups))
        spans.append(Span(part, len(MAGIC), end))
        size += end - len(MAGIC)
    rows = sum(group[_GROUP_ROWS].content for group in groups)
    footer[_ROWS] = footer[_ROWS]._replace(content=rows)
    struct = footer[_GROUPS].content.kind
    footer[_GROUPS] = footer[_GROUPS]._replace(content=Items(struct, groups))
    written = write(footer)
    return spans, written + len(written).to_bytes(4, "little") + MAGIC


def _footer(path: Path) -> tuple[int, Struct]:
    """Read where a file's footer begins, and the footer."""
    with path.open("rb") as file:
        file.seek(-_TAIL, 2)
        end = file.tell()
        length = int.from_bytes(file.read(4), "little")
        if file.read() != MAGIC or length > end:
            raise ValueError(f"{path.name} is no Parquet file")
        file.seek(end - length)
        return end - length, Reader(file.read(length)).struct()


def _moved(footer: Struct, by: int, before: int) -> Iterator[Struct]:
    """Give the row groups of a file with their places moved and their numbers set."""
    for number, group in enumerate(footer[_GROUPS].content.contents, before):
        for column in group[_COLUMNS].content.contents:
            _move(column, _COLUMN_PLACES, by)
            _move(column[_COLUMN].content, _PLACES, by)
        _move(group, (_GROUP_PLACE,), by)
        if _ORDINAL in group:
            group[_ORDINAL] = group[_ORDINAL]._replace(content=number)
        yield group


def _move(fields: Struct, places: tuple[int, ...], by: int) -> None:
    for place in places:
        if place in fields:
            value: Value = fields[place]
            fields[place] = value._replace(content=value.content + by)
