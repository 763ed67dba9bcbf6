"""What a caller says about a portfolio file: its format, its columns, and what it wants back."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from protocol import names
from protocol.application import FIELDS
from protocol.errors import LoanscoreError

Format = Literal["csv", "ndjson", "parquet"]

#: What made the scores: last in a results file, and the same in each of its rows.
MADE_BY_COLUMNS = (
    "model_name",
    "model_version",
    "model_digest",
    "policy_version",
    "approve_below",
    "decline_above",
)
#: What a results file holds of every score, after the line, the reference and the passed columns.
SCORE_COLUMNS = (
    "pd",
    "points",
    "grade",
    "decision",
    "reasons",
    "expected_loss",
    "warnings",
    *MADE_BY_COLUMNS,
)
#: What it holds before them of what a row scored last time, when the options name such columns.
PREVIOUS_COLUMNS = ("previous_pd", "previous_grade")
#: Names a passed column cannot have, because the results have a column of that name.
TAKEN = ("line", "reference", *PREVIOUS_COLUMNS, *SCORE_COLUMNS)

_FIELD_NAMES = tuple(field.name for field in FIELDS)


class PortfolioError(LoanscoreError):
    """A portfolio file cannot be scored as a whole.

    Args:
        code: a word for programs, such as "missing-columns".
        detail: one line with cause and remedy; it quotes no applicant's value.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.code, self.detail)


def _trimmed(name: str) -> str:
    trimmed = name.strip()
    if not trimmed:
        raise ValueError("a column's name is empty; give the name that stands in the header")
    return trimmed


def _campaign(given: str) -> str:
    if not names.CAMPAIGN_ID.fullmatch(given):
        raise ValueError("no campaign has such an id; give the `id` its 202 answered")
    return given


ColumnName = Annotated[str, Field(max_length=200), AfterValidator(_trimmed)]
CampaignId = Annotated[str, AfterValidator(_campaign)]


class Options(BaseModel):
    """How to read one portfolio file, and how to write its results."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Format
    #: CSV only; None is guessed from the header line
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    #: CSV only; a thousands separator is never taken
    decimal: Literal[".", ","] = "."
    #: field of the application -> its name in the file; a field not named has its own name
    columns: dict[str, ColumnName] = Field(default_factory=dict)
    #: the column with the caller's key of a row; None is "reference" when there is such a column
    reference: ColumnName | None = None
    #: columns copied to the results as they are
    pass_through: tuple[ColumnName, ...] = Field((), max_length=100)
    #: the columns with the pd, 0..1, and the grade a row had before: the summary has a diff
    previous_pd: ColumnName | None = None
    previous_grade: ColumnName | None = None
    #: the id of the campaign that scored these rows before, in the place of such columns
    compare_with: CampaignId | None = None
    output: Format = "csv"
    #: whether the list of faults shows the refused value
    raw_values: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _refuse_unknown(self.columns)
        _refuse_twice("columns", [self.column(name) for name in _FIELD_NAMES])
        _refuse_twice("pass_through", list(self.pass_through))
        if taken := [name for name in self.pass_through if name in TAKEN]:
            raise ValueError(
                f"pass_through: the results have a column {taken[0]} of their own;"
                " rename it in the file or leave it out"
            )
        self._refuse_two_pasts()
        if self.format != "csv" and (self.delimiter is not None or self.decimal != "."):
            raise ValueError(f"delimiter and decimal are for csv, not for {self.format}; omit them")
        return self

    def _refuse_two_pasts(self) -> None:
        if self.compare_with is not None and self.previous:
            raise ValueError(
                f"compare_with: rows have one past, that campaign or {next(iter(self.previous))};"
                " leave one of the two out"
            )
        _refuse_twice("previous_pd, previous_grade", list(self.previous.values()))

    def column(self, field: str) -> str:
        """Give the name a field of the application has in the file."""
        return self.columns.get(field, field)

    @property
    def previous(self) -> dict[str, str]:
        """The columns of a previous score: name in the results -> name in the file."""
        named = zip(PREVIOUS_COLUMNS, (self.previous_pd, self.previous_grade), strict=True)
        return {column: name for column, name in named if name is not None}


def _refuse_unknown(columns: dict[str, str]) -> None:
    if unknown := sorted(set(columns) - set(_FIELD_NAMES)):
        raise ValueError(
            f"columns: {', '.join(unknown)} is no field of the application;"
            f" the fields are {', '.join(_FIELD_NAMES)}"
        )


def _refuse_twice(where: str, names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{where}: {twice[0]} is named twice; name each column once")
