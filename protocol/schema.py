"""The schema: the fields of an application, the model's columns, and their words; one file.

`schema.json` in the root of the project is the one in force unless LOANSCORE_SCHEMA_FILE names
another. Training, API and workers read it when they start, and must read the same one: a model and
a policy are of the fields of one schema, and are refused under another. To change what the file
can say: raise `FORMAT`, keep reading the previous number for one release.
"""

import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field as Bounds
from pydantic import FiniteFloat, ValidationError, model_validator

from protocol.errors import SchemaError
from protocol.validation import Part, faults_of

FORMAT = 1
VARIABLE = "LOANSCORE_SCHEMA_FILE"
SHIPPED_FILE = Path(__file__).parent.parent / "schema.json"
#: Fields at most: what one row of results, one form and one page can still show.
MOST_FIELDS = 64
#: What files of loans, portfolios and results, and exported queries name otherwise.
RESERVED = frozenset(
    """
    approve_below cause customer_id decision decline_above default erased exact_points expected_loss
    grade group id applied_on line logit lost_0 lost_1 lost_2 lost_3 model_digest model_name
    model_version pd points policy_version previous_grade previous_pd reasons reference replay seq
    warnings
    """.split()  # noqa: SIM905 - read as a list of words
)

Name = Annotated[str, Bounds(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, Bounds(min_length=1, max_length=200)]


class Words(Part):
    """What people read of a field; `{currency}` in the unit is the currency in force."""

    label: Text
    hint: Text
    unit: Text


class Column(Part):
    """What may be written in one column of numbers."""

    name: Name
    #: "integer" takes whole numbers only
    kind: Literal["integer", "number"]
    #: accepted range, both ends included; a guard against slips of the keyboard, no credit rule
    low: int | FiniteFloat
    high: int | FiniteFloat


class Field(Column):
    """One field of an application."""

    #: for machines; one that begins with "currency" is an amount of money
    unit: Text
    description: Text
    #: what pd may do when the field rises, all else equal; a model that has it otherwise is not
    #: promoted
    risk: Literal["rises", "falls", "either"]
    #: a difference that a banker thinks in, for tables of odds
    step: float = Bounds(gt=0)
    #: of an invented applicant
    example: int | FiniteFloat
    en: Words
    fr: Words

    @property
    def sign(self) -> int:
        """1 where pd may never fall when the field rises, -1 where it may never rise, else 0."""
        return {"rises": 1, "falls": -1, "either": 0}[self.risk]

    @model_validator(mode="after")
    def _within(self) -> Self:
        if not self.low <= self.example <= self.high or self.low == self.high:
            raise ValueError("low must be below high, and the example between them")
        numbers = (self.low, self.high, self.example)
        if self.kind == "integer" and any(number % 1 for number in numbers):
            raise ValueError("the field takes whole numbers: low, high and example must be whole")
        return self


class Ratio(Part):
    """A column of the model that takes the place of an amount: the amount over the divisor."""

    name: Name
    #: a field
    amount: Name
    #: as `Field.step`
    step: float = Bounds(gt=0)
    en: Text
    fr: Text


class Ratios(Part):
    """The amounts that the model sees as shares of another field."""

    #: a field; a value below `at_least` counts as that, so nothing is divided by zero
    divisor: Name
    at_least: float = Bounds(gt=0)
    columns: list[Ratio] = Bounds(min_length=1)


class Schema(Part):
    """The contents of the file."""

    format: Literal[1]
    #: in the order in which the model reads them
    fields: list[Field] = Bounds(min_length=1, max_length=MOST_FIELDS)
    #: None: the model sees every field as it is
    ratios: Ratios | None = None
    #: the field, an amount of 0 or more, of which a default loses a share
    exposure: Name

    @property
    def names(self) -> tuple[str, ...]:
        """The fields, in order."""
        return tuple(field.name for field in self.fields)

    @property
    def ratio_columns(self) -> list[Ratio]:
        """The ratios, none where there is no divisor."""
        return self.ratios.columns if self.ratios else []

    def place(self, name: str) -> int:
        """Give the position of a field.

        Raises:
            ValueError: there is none of this name.
        """
        if name not in self.names:
            raise ValueError(f"{name} is no field: {', '.join(self.names)}")
        return self.names.index(name)

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = [*self.names, *(ratio.name for ratio in self.ratio_columns)]
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise ValueError(f"{twice[0]} stands twice; each field and ratio needs its own name")
        if reserved := sorted(RESERVED & set(names)):
            raise ValueError(f"{reserved[0]} has a meaning of its own; name the field otherwise")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.fields[self.place(self.exposure)].low < 0:
            raise ValueError(
                f"exposure: {self.exposure} may be negative; its low must be 0 or more"
            )
        amounts = [ratio.amount for ratio in self.ratio_columns]
        if len(amounts) > len(set(amounts)):
            raise ValueError("ratios: an amount stands twice; it can enter by one ratio")
        for amount in amounts:
            self.place(amount)
        if self.ratios and self.ratios.divisor in amounts:
            raise ValueError(f"ratios: {self.ratios.divisor} cannot be divided by itself")
        if self.ratios:
            self.place(self.ratios.divisor)
        return self


def read_schema(path: Path) -> Schema:
    """Read and check a schema file.

    Raises:
        SchemaError: it is missing, unreadable or wrong; the text names where and what to do.
    """
    try:
        return Schema.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SchemaError(
            f"no schema: {path}: {error.strerror}; name a file in {VARIABLE}, or none for the"
            " fields of schema.json"
        ) from error
    except ValidationError as error:
        raise SchemaError(
            f"{path}: {'; '.join(faults_of(error))}; this release reads format {FORMAT}"
        ) from error


def _read_once() -> tuple[Schema, Schema]:
    """Read both schemas; everything that imports the fields needs them at once."""
    named = os.environ.get(VARIABLE)
    try:
        shipped = read_schema(SHIPPED_FILE)
        return shipped, read_schema(Path(named)) if named else shipped
    except SchemaError as error:
        raise SystemExit(f"loanscore: {error}") from None


#: That of schema.json, and that in force.
SHIPPED, SCHEMA = _read_once()
