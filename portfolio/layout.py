"""The layout of a portfolio file: where its columns are and where its rows begin."""

from dataclasses import dataclass
from pathlib import Path

from portfolio import apart, header
from portfolio.keys import keys
from portfolio.opening import LONGEST_LINE, Opening, check_text, read_opening
from portfolio.options import SCORE_COLUMNS, Options, PortfolioError
from protocol.application import FIELDS

#: Columns of a file at most: each costs every chunk of it memory and time.
MOST_COLUMNS = 4_096


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything about a file that is the same for each of its ranges."""

    options: Options
    #: names of the columns as they stand in the file, trimmed
    columns: tuple[str, ...]
    #: CSV: the delimiter; "" else
    delimiter: str
    #: names in the file of the fields, in the order of `Application`
    fields: tuple[str, ...]
    #: name in the file of the key column; None when there is none
    reference: str | None
    #: byte offset of the first row; 0 for Parquet
    body_start: int
    #: physical line of the first row, 1-based; for Parquet 1, the row's number
    body_line: int

    @property
    def wanted(self) -> tuple[str, ...]:
        """Names of the columns that are read, each once."""
        key = () if self.reference is None else (self.reference,)
        others = (*self.options.pass_through, *self.options.previous.values())
        return tuple(dict.fromkeys((*self.fields, *key, *others)))

    @property
    def results(self) -> tuple[str, ...]:
        """Names of the columns of the results, in their order."""
        key = () if self.reference is None else ("reference",)
        passed = (*self.options.pass_through, *self.options.previous)
        return ("line", *key, *passed, *SCORE_COLUMNS)


def read_layout(path: Path, options: Options, *, packed: bool = False) -> Layout:
    """Open a file and find its columns.

    Args:
        path: the file.
        options: what its sender says of it.
        packed: whether it is compressed by gzip; offsets are then those of what is in it.
    Raises:
        PortfolioError: it is not what the options say, or a column is missing or there twice.
    """
    if options.format == "parquet":
        return locate(options, apart.columns(path, options), "", 0)
    opening = read_opening(path, packed=packed)
    if options.format == "ndjson":
        return locate(options, keys(opening), "", opening.skipped)
    return _csv(opening, options)


def _csv(opening: Opening, options: Options) -> Layout:
    end = header.end(opening.data)
    if end is None and (len(opening.data) > LONGEST_LINE or opening.data.count(b'"') % 2):
        raise PortfolioError(
            "no-header",
            f"line 1 has no end within {LONGEST_LINE} bytes, or a quote without its partner;"
            " the file must begin with a header line of column names",
        )
    check_text(opening.data[:end], opening.skipped, 1)
    text = opening.data[:end].decode()
    delimiter, columns = header.cells(text, options)
    return locate(options, columns, delimiter, opening.skipped + len(text.encode()), text)


def locate(
    options: Options, columns: tuple[str, ...], delimiter: str, body_start: int, head: str = ""
) -> Layout:
    """Find the wanted columns among those of the file.

    Args:
        options: names the wanted columns.
        columns: the names in the file, trimmed, in its order.
        delimiter: CSV: the delimiter; "" else.
        body_start: byte offset of the first row.
        head: CSV: the header with its line end.
    Raises:
        PortfolioError: one is missing, naming every one that is, or there are too many.
    """
    if len(columns) > MOST_COLUMNS:
        raise PortfolioError(
            "too-many-columns",
            f"the file has {len(columns)} columns, of which {MOST_COLUMNS} are taken at most;"
            " export the ones that are wanted",
        )
    fields = tuple(options.column(field.name) for field in FIELDS)
    reference = options.reference
    if reference is None and "reference" in columns:
        reference = "reference"
    body_line = 1 + head.count("\n")
    layout = Layout(options, columns, delimiter, fields, reference, body_start, body_line)
    if missing := [name for name in layout.wanted if name not in columns]:
        raise _missing(missing, columns, fields)
    return layout


def _missing(missing: list[str], columns: tuple[str, ...], fields: tuple[str, ...]) -> Exception:
    if set(fields) <= set(missing) and any(header.is_number(name) for name in columns):
        # The first line is then an applicant: it is not quoted.
        return PortfolioError(
            "no-header",
            "the first line holds numbers, not column names; put a header line before the rows:"
            f" {', '.join(fields)}",
        )
    return PortfolioError(
        "missing-columns",
        f"the file has no column {', '.join(missing)}; it has {header.listed(columns)};"
        " rename them in the file or give their names in `columns`",
    )
