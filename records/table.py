"""Records as rows of Parquet."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from protocol import durable
from protocol.record import Head, Parts
from protocol.record_parts import Entry
from records import checksum
from records.folder import ArchiveError, File, Folder

#: Name of each column -> its type.
Schema = dict[str, type[pl.DataType]]
#: The columns of a file, in order. What stands before `public` repeats parts of it, to be searched.
SCHEMA: Schema = {
    "seq": pl.Int64,
    #: id of the stream's entry
    "entry": pl.String,
    "class": pl.String,
    "id": pl.String,
    "owner": pl.String,
    "state": pl.String,
    "decision": pl.String,
    #: milliseconds since 1970
    "finished_ms": pl.Int64,
    "public": pl.String,
    #: null once erased, the salt with it
    "personal": pl.String,
    "salt": pl.String,
    "personal_digest": pl.String,
    "link": pl.String,
}


def row(
    seq: int, entry_id: str, entry: Entry, decision: str | None, parts: Parts
) -> tuple[Any, ...]:
    """Make one row, columns as in `SCHEMA`."""
    return (
        seq,
        entry_id,
        entry["class"],
        entry["id"],
        entry["owner"] or None,
        entry["state"],
        decision,
        int(entry["finished_ms"]),
        *parts,
    )


def write_new(path: Path, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write a file that is there whole or not at all, and never in the place of another.

    Raises:
        FileExistsError: there is one.
    """
    place(path, pl.DataFrame(list(rows), schema=SCHEMA, orient="row"))


def place(path: Path, frame: pl.DataFrame) -> None:
    """Write a file as `write_new` does.

    Raises:
        FileExistsError: there is one.
    """
    data = _parquet(frame)
    checksum.expect(path, data)
    with durable.placing(path) as beside:
        _write(data, beside)
    checksum.settle(path, data)


def replace(path: Path, frame: pl.DataFrame) -> None:
    """Write a file in the place of what it was made of."""
    data = _parquet(frame)
    checksum.expect(path, data)
    with durable.replacing(path) as beside:
        _write(data, beside)
    checksum.settle(path, data)


def read(file: File, columns: list[str] | None = None) -> pl.DataFrame:
    """Read a file of records.

    Raises:
        ArchiveError: it is no whole file of records; the text names it.
    """
    frame = read_as({name: SCHEMA[name] for name in columns or SCHEMA}, file)
    if frame.is_empty():
        raise ArchiveError(f"{file.path}: has no records")
    return frame


def read_as(schema: Schema, file: File) -> pl.DataFrame:
    """Read these columns of a file, in which there may be others.

    Raises:
        ArchiveError: it is no whole file that has them; the text names it.
    """
    try:
        data = file.path.read_bytes()
        if not checksum.fits(file.path, data):
            raise ArchiveError(f"{file.path}: cannot be read (its bytes are not as written)")
        frame = pl.read_parquet(io.BytesIO(data), columns=list(schema))
    except UnicodeError as error:
        raise ArchiveError(f"{checksum.beside(file.path)}: is no checksum") from error
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ArchiveError(f"{file.path}: cannot be read ({type(error).__name__})") from error
    except pl.exceptions.PanicException as error:
        raise ArchiveError(f"{file.path}: cannot be read (damaged)") from error
    if dict(frame.schema) != schema:
        raise ArchiveError(f"{file.path}: has other columns than expected")
    return frame


def last(file: File) -> Head:
    """Name the last record of a file."""
    frame = read(file, ["seq", "link"])
    return Head(*frame.row(-1))


def head(folder: Folder) -> Head:
    """Name the last record of an archive."""
    newest = folder.newest()
    return last(newest) if newest else folder.anchor()


def erased(frame: pl.DataFrame, which: pl.Expr) -> pl.DataFrame:
    """Give the rows without the personal part of those for which `which` is true."""
    return frame.with_columns(
        pl.when(which).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("personal", "salt")
    )


def _parquet(frame: pl.DataFrame) -> bytes:
    written = io.BytesIO()
    # Without statistics: they would repeat values of the first and last applicants in the footer.
    frame.write_parquet(written, compression="zstd", statistics=False)
    return written.getvalue()


def _write(data: bytes, path: Path) -> None:
    path.touch(mode=0o600)
    path.write_bytes(data)
