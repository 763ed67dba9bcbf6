"""The row groups of Parquet files, copied into one file as they are.

To unpack and pack them again takes as long as to score their rows. A footer names each column of
each row group by its place in the file: only the places are changed. Source: the Parquet format's
parquet.thrift.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from portfolio.parquet import MAGIC
from worker.bulk.hashed import hashing
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


def concatenate(parts: list[Path], target: Path, empty: pl.DataFrame) -> str:
    """Write the row groups of some files one after another into one file.

    Args:
        parts: written by polars, of the same columns.
        target: replaced.
        empty: a frame of those columns without rows.
    Returns:
        The sha256 of the target, 64 hex digits.
    Raises:
        ValueError: a part has other columns, or is no Parquet file.
    """
    empty.clear().write_parquet(target)
    _, footer = _footer(target)
    groups: list[Struct] = []
    with hashing(target) as joined:
        joined.write(MAGIC)
        for part in parts:
            end, found = _footer(part)
            if found[_SCHEMA] != footer[_SCHEMA]:
                raise ValueError(f"{part.name} has other columns than the others")
            groups += _moved(found, joined.size - len(MAGIC), len(groups))
            joined.copy(part, len(MAGIC), end)
        rows = sum(group[_GROUP_ROWS].content for group in groups)
        footer[_ROWS] = footer[_ROWS]._replace(content=rows)
        struct = footer[_GROUPS].content.kind
        footer[_GROUPS] = footer[_GROUPS]._replace(content=Items(struct, groups))
        written = write(footer)
        joined.write(written + len(written).to_bytes(4, "little") + MAGIC)
    return joined.sha256


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
