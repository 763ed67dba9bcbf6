"""The application: six fields of one applicant, their order, units and ranges."""

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Application(NamedTuple):
    """One applicant's six fields, in the order the model reads them.

    Money is in the currency unit of the training data.
    """

    #: open credit lines, 0 or more
    credit_lines_outstanding: int
    #: the loan asked for
    loan_amt_outstanding: float
    #: everything owed before this loan
    total_debt_outstanding: float
    #: per year
    income: float
    #: whole years with the present employer
    years_employed: int
    #: FICO score, 300 to 850
    fico_score: int


@dataclass(frozen=True, slots=True)
class Field:
    """What may be written in one field of an application."""

    name: str
    #: "integer" takes whole numbers only
    kind: Literal["integer", "number"]
    #: smallest accepted value
    low: float
    #: largest accepted value; a guard against slips of the keyboard, not a credit rule
    high: float
    unit: str
    description: str


#: One entry a field of `Application`, in its order.
FIELDS: tuple[Field, ...] = (
    Field("credit_lines_outstanding", "integer", 0, 1_000, "lines", "open credit lines"),
    Field("loan_amt_outstanding", "number", 0, 1e12, "currency", "the loan asked for"),
    Field("total_debt_outstanding", "number", 0, 1e12, "currency", "everything owed"),
    Field("income", "number", 0, 1e12, "currency per year", "yearly income"),
    Field("years_employed", "integer", 0, 100, "years", "years with the present employer"),
    Field("fico_score", "integer", 300, 850, "FICO points", "FICO score"),
)

#: The applicant used by `make run`, the README and the API's own examples: invented.
EXAMPLE = Application(3, 4_200.0, 13_600.0, 61_500.0, 4, 648)
