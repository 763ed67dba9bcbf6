"""The header line of a CSV file: its end, its delimiter, its names."""

import csv
from collections import Counter
from collections.abc import Sequence

from portfolio.options import Options, PortfolioError
from protocol.application import FIELDS

DELIMITERS = (",", ";", "\t", "|")
#: Columns named in an error at most, and letters of each, so that its text stays readable.
MOST_NAMED, MOST_LETTERS = 40, 64


def end(data: bytes) -> int | None:
    r"""Find the offset after the header's newline; None when there is none.

    >>> end(b'a,"b\n",c\n1,2,3\n')
    9
    """
    quotes, seen = 0, 0
    while (newline := data.find(b"\n", seen)) >= 0:
        quotes += data.count(b'"', seen, newline)
        seen = newline + 1
        if quotes % 2 == 0:
            return seen
    return None


def cells(text: str, options: Options) -> tuple[str, tuple[str, ...]]:
    r"""Split the header into names, by the delimiter given or else by the likeliest.

    >>> cells('a; "b, c" ;d\r\n', Options(format="csv"))
    (';', ('a', 'b, c', 'd'))

    Raises:
        PortfolioError: it holds no names, or one of them twice.
    """
    line = text.rstrip("\r\n")
    if "\r" in line.replace("\r\n", ""):
        raise PortfolioError(
            "line-ends", "lines end in a lone CR; export the file again with LF or CRLF"
        )
    if not line.strip():
        raise PortfolioError(
            "no-header", "line 1 is empty; the file must begin with a header line of column names"
        )
    wanted = {options.column(field.name) for field in FIELDS}
    candidates = DELIMITERS if options.delimiter is None else (options.delimiter,)
    ways = [(delimiter, _split(line, delimiter)) for delimiter in candidates]
    delimiter, names = max(ways, key=lambda way: (len(wanted & set(way[1])), len(way[1])))
    if not names:
        raise PortfolioError(
            "no-header", "line 1 is no header of column names; quote its cells as RFC 4180 says"
        )
    _refuse_twice(names)
    return delimiter, names


def listed(names: Sequence[str]) -> str:
    """Name columns in a sentence, however many there are.

    >>> listed(["income", "x" * 100]) == f"income, {'x' * 64}..."
    True
    """
    shown = [
        name if len(name) <= MOST_LETTERS else f"{name[:MOST_LETTERS]}..."
        for name in names[:MOST_NAMED]
    ]
    return ", ".join(shown) + (", ..." if len(names) > MOST_NAMED else "")


def is_number(name: str) -> bool:
    """Whether a header cell looks like a value, not a name."""
    try:
        float(name.replace(",", "."))
    except ValueError:
        return False
    return True


def _split(line: str, delimiter: str) -> tuple[str, ...]:
    """Split a line; no names when it cannot be by this delimiter."""
    try:
        rows = list(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        return ()
    return tuple(name.strip() for name in rows[0])


def _refuse_twice(names: tuple[str, ...]) -> None:
    if twice := sorted(name for name, times in Counter(names).items() if name and times > 1):
        raise PortfolioError(
            "duplicate-column",
            f"the header has the column {listed(twice)} more than once; rename all but one",
        )
