"""The form of one application: its fields with units and hints, what was typed, and its faults.

Checked by `api.submission` as an application sent to the API is; here its words for people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from flask_babel import gettext

from api import submission
from api.pages import language, typed, words
from api.problems import Fault, Problem
from api.submission import Submission
from protocol.application import EXAMPLE, FIELDS
from protocol.schema import Field

#: Characters of a field at most; what is longer was not typed.
_LONGEST = 40


class Line(NamedTuple):
    """One field of the form."""

    name: str
    label: str
    unit: str
    hint: str
    #: as typed
    text: str
    #: what is wrong with it, "" when nothing is
    fault: str


@dataclass(frozen=True)
class ApplicationForm:
    """The form as it is shown."""

    lines: list[Line]
    #: what was typed, checked; None when there are faults or nothing was typed
    submitted: Submission | None = None

    @property
    def faults(self) -> list[Line]:
        """The fields with a fault, in order."""
        return [line for line in self.lines if line.fault]


def blank(currency: str) -> ApplicationForm:
    """Give the empty form."""
    return ApplicationForm([_line(field, currency, "", "") for field in FIELDS])


def example(currency: str) -> ApplicationForm:
    """Give the form with an invented applicant."""
    given = EXAMPLE._asdict()
    texts = {field.name: language.number(given[field.name], 2) for field in FIELDS}
    return ApplicationForm([_line(field, currency, texts[field.name], "") for field in FIELDS])


def read(given: Mapping[str, str], currency: str) -> ApplicationForm:
    """Read what was typed, and keep it whatever is wrong with it.

    Args:
        given: field -> text.
        currency: ISO 4217 code of the amounts.
    """
    texts = {field.name: given.get(field.name, "")[:_LONGEST] for field in FIELDS}
    numbers, faults = _numbers(texts)
    submitted = None
    try:
        submitted = submission.read({"application": numbers})
    except Problem as problem:
        faults = {_field(fault): _said(fault) for fault in problem.faults} | faults
    lines = [
        _line(field, currency, texts[field.name], faults.get(field.name, "")) for field in FIELDS
    ]
    return ApplicationForm(lines, None if faults else submitted)


def _numbers(texts: Mapping[str, str]) -> tuple[dict[str, float], dict[str, str]]:
    numbers, faults = {}, {}
    for name, text in texts.items():
        try:
            numbers[name] = typed.number(text, language.language())
        except typed.Ambiguous:
            faults[name] = gettext("Can be read in two ways: write it without separators.")
        except typed.NotANumber:
            faults[name] = gettext("Write a number.") if text else gettext("Fill this in.")
    return numbers, faults


def _line(field: Field, currency: str, text: str, fault: str) -> Line:
    said = words.of_field(field.name)
    unit = said.unit.replace("{currency}", currency)
    return Line(field.name, said.label, unit, said.hint, text, fault)


def _field(fault: Fault) -> str:
    return fault.pointer.rpartition("/")[2]


def _said(fault: Fault) -> str:
    """Say a fault that the API's check found, in the language of the page."""
    field = next(field for field in FIELDS if field.name == _field(fault))
    low, high = language.number(field.low), language.number(field.high)
    if fault.code in {"greater-than-equal", "less-than-equal"}:
        said = gettext("Take a number from %(low)s to %(high)s.", low=low, high=high)
    else:
        said = gettext("Take a whole number.")
    return str(said)
