"""A Parquet file: the names and types of its columns, from its footer.

`portfolio.apart` runs it as a program: on its input a question a line, on its output the answers.
"""

import errno
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from portfolio.options import Options, PortfolioError
from protocol.application import FIELDS
from protocol.system_error import system_error

MAGIC = b"PAR1"
#: Largest footer read, bytes: what a file that claims more can make a process hold.
LARGEST_FOOTER = 32 << 20
#: What may be passed to the results or be a key, beside numbers and text.
_PLAIN = (pl.Boolean, pl.Date, pl.Datetime, pl.Time)

#: Errors of the system that say nothing about the file.
_OF_THE_DISK = {errno.EIO, errno.ENOSPC, errno.EDQUOT}


def columns(path: Path, options: Options) -> tuple[str, ...]:
    """Read the names of the columns.

    Raises:
        PortfolioError: it is no Parquet file, or a wanted column is of a type that has no place in
            a line of results.
    """
    size = path.stat().st_size
    if size == 0:
        raise PortfolioError("empty-file", "the file is empty; send a file with rows")
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise PortfolioError(
                "wrong-format", "the file is no Parquet file; give its format, or export it again"
            )
        file.seek(max(0, size - len(MAGIC) - 4))
        footer = int.from_bytes(file.read(4), "little")
    if footer > LARGEST_FOOTER:
        raise _damaged()
    with readable():
        schema = pl.read_parquet_schema(path)
    _check_types(schema, options)
    return tuple(schema)


@contextmanager
def readable() -> Iterator[None]:
    """Say of a Parquet file that cannot be read that it cannot.

    Raises:
        PortfolioError: it is damaged or cut short.
        OSError: the disk failed, or is full.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        of_system = system_error(error)
        if of_system is not None and of_system.errno in _OF_THE_DISK:
            raise of_system from error
        # The library's own text may quote what it read.
        raise _damaged() from error


def _damaged() -> PortfolioError:
    return PortfolioError("unreadable", "the Parquet file is damaged or cut short; export it again")


def _check_types(schema: dict[str, pl.DataType], options: Options) -> None:
    numbers = {options.column(field.name) for field in FIELDS}
    if options.previous_pd is not None:
        numbers.add(options.previous_pd)
    others = {*options.pass_through, *options.previous.values(), options.reference or "reference"}
    for name in numbers | others:
        kind = schema.get(name)
        if kind is None or kind.is_numeric() or kind == pl.String:
            continue
        if name in numbers or kind not in _PLAIN:
            raise PortfolioError(
                "wrong-type",
                f"the column {name} is of type {kind}; fields and a previous pd are numbers or"
                " text, and what is passed through is a number, text, a date or a boolean: cast it",
            )


def main() -> None:
    """Answer `portfolio.apart`: a question a line, each in a process that is forked for it.

    The argument is the seconds one may take.
    """
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            signal.alarm(int(sys.argv[1]))
            os.write(sys.stdout.fileno(), _answered(json.loads(line)))
            os._exit(0)
        _, how = os.waitpid(child, 0)
        if how:
            os.write(sys.stdout.fileno(), b"{}\n")


def _answered(question: dict[str, Any]) -> bytes:
    options = Options.model_validate(question["options"])
    try:
        said: dict[str, object] = {"columns": columns(Path(question["path"]), options)}
    except PortfolioError as error:
        said = {"code": error.code, "detail": error.detail}
    return json.dumps(said).encode() + b"\n"


if __name__ == "__main__":
    main()
