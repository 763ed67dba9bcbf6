"""The policy: how a pd becomes points, a grade, a decision and its reasons; one file, no code.

`policy.json` in the root of the project is the one in force unless LOANSCORE_POLICY_FILE names
another. API and workers read it when they start. To change a policy, raise its `version`: every
answer names it with its digest. To change what the file can say: raise `FORMAT`, keep reading the
previous number for one release.
"""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, ValidationError, model_validator

from protocol.application import FIELDS
from protocol.errors import PolicyError
from protocol.schema import SCHEMA
from protocol.validation import Part, faults_of

#: The format of the present file. Format 1, which is read too, has no `overrides`.
FORMAT = 2

#: What a decision can be, in the order of rising pd.
DECISIONS = ("approve", "review", "decline")

#: What a row of results may hold of it: no spreadsheet runs a cell that begins so.
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
#: A code keeps its meaning for ever; a new meaning gets a new code.
Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Share = Annotated[float, Field(ge=0, le=1)]


class Scale(Part):
    """Scorecard scale: `base_points` at odds good:bad of `base_odds`, doubled every `pdo`."""

    pdo: float = Field(gt=0)
    base_points: int
    base_odds: float = Field(gt=0)
    #: points are kept within these two
    lowest: int
    highest: int

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.lowest >= self.highest:
            raise ValueError("lowest must be below highest")
        return self


class CutOffs(Part):
    """A pd below `approve_below` is approved, one above `decline_above` declined, else reviewed."""

    approve_below: float = Field(gt=0, lt=1)
    decline_above: float = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.approve_below > self.decline_above:
            raise ValueError("approve_below must not be above decline_above")
        return self


class Grade(Part):
    """One band of pd: from the previous band's end up to `pd_below`."""

    grade: Word
    pd_below: FiniteFloat


class Reason(Part):
    """What is said when a field costs points against the reference population."""

    code: Code
    field: str
    #: whether the value is above the population's mean, or not above it, or either
    when: Literal["any", "above", "below"] = "any"
    en: Text
    fr: Text


class Changeable(Part):
    """A field that an applicant can change, which way, and how far."""

    field: str
    may: Literal["rise", "fall"]
    #: the value stays within these two
    low: FiniteFloat
    high: FiniteFloat
    #: a change is a whole number of steps; one step of any field counts as much as one of another
    step: float = Field(gt=0)

    @model_validator(mode="after")
    def _within_the_field(self) -> Self:
        field = FIELDS[SCHEMA.place(self.field)]
        if not field.low <= self.low <= self.high <= field.high:
            raise ValueError(f"low and high must be within {field.low:g} and {field.high:g}")
        if field.kind == "integer" and not all(
            number.is_integer() for number in (self.step, self.low, self.high)
        ):
            raise ValueError("the field takes whole numbers: step, low and high must be whole")
        return self


class OverrideReason(Part):
    """Why a person decides otherwise than the score; no reason of the score has its code."""

    code: Code
    #: which decision it can give grounds for
    decision: Literal["any", "approve", "decline"] = "any"
    en: Text
    fr: Text


class Overrides(Part):
    """On what grounds a decision may be overridden, and when by two persons only."""

    #: exposure (amount of the loan, in its currency) above which a second person must approve
    second_person_above: float = Field(ge=0)
    #: none forbids overriding
    reasons: list[OverrideReason] = Field(max_length=100)

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        _once("reasons", [reason.code for reason in self.reasons])
        return self


class Policy(Part):
    """The contents of the file."""

    format: Literal[1, 2]
    version: Word
    scale: Scale
    cut_offs: CutOffs
    #: loss given default, share of the exposure
    lgd: Share
    #: from the safest; the last one ends above 1, so that a pd of exactly 1 falls in it
    grades: list[Grade] = Field(min_length=1, max_length=100)
    #: the population of the model's manifest that reasons compare with
    reference: Word
    #: for each field one for either direction, or one for each
    reasons: list[Reason]
    changeable: list[Changeable]
    #: of format 2; None in format 1, by which nothing can be overridden
    overrides: Overrides | None = None

    @model_validator(mode="after")
    def _overrides_since_format_2(self) -> Self:
        if (self.overrides is None) is (self.format == FORMAT):
            raise ValueError("overrides: format 2 has this section, format 1 has not")
        reasons = {reason.code for reason in self.reasons}
        for reason in self.overrides.reasons if self.overrides else ():
            if reason.code in reasons:
                raise ValueError(f"overrides: {reason.code} is a reason of the score already")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ends = [grade.pd_below for grade in self.grades]
        if ends != sorted(set(ends)) or ends[0] <= 0 or ends[-1] <= 1:
            raise ValueError("grades: pd_below must rise from above 0, and the last be above 1")
        _once("grades", [grade.grade for grade in self.grades])
        _once("reasons", [reason.code for reason in self.reasons])
        _once("changeable", [entry.field for entry in self.changeable])
        for name in SCHEMA.names:
            self._check_reasons(name)
        for reason in self.reasons:
            SCHEMA.place(reason.field)
        return self

    def _check_reasons(self, name: str) -> None:
        when = sorted(reason.when for reason in self.reasons if reason.field == name)
        if when not in (["any"], ["above", "below"]):
            raise ValueError(
                f"reasons: {name} needs one reason for any value, or one above and one below"
                " the reference population's mean"
            )

    @cached_property
    def digest(self) -> str:
        """Name what the policy says, whatever blanks the file has: "sha256:" and 64 hex digits."""
        # What a format does not have is left out: a digest recorded by an earlier release holds.
        members = self.model_dump(mode="json", exclude_none=True)
        said = json.dumps(members, sort_keys=True, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(said.encode()).hexdigest()

    def with_cut_offs(self, cut_offs: CutOffs) -> "Policy":
        """Give the policy with other cut-offs: another version, and a digest of its own.

        Its version names them in six digits behind the first 31 characters of this one's.
        """
        if cut_offs == self.cut_offs:
            return self
        named = f"{cut_offs.approve_below:g}-{cut_offs.decline_above:g}"
        version = f"{self.version.partition('.cut-')[0][:31]}.cut-{named}"
        members = self.model_dump() | {"version": version, "cut_offs": cut_offs.model_dump()}
        return Policy.model_validate(members)

    def reason(self, field: str, *, above: bool) -> Reason:
        """Give what is said of a field that costs points.

        Args:
            field: of the application.
            above: whether its value is above the reference population's mean.
        """
        return self._reasons[field][above]

    @cached_property
    def _reasons(self) -> dict[str, tuple[Reason, Reason]]:
        """Field -> what is said when it is not above the mean, and when it is."""

        def said(name: str, when: str) -> Reason:
            return next(
                reason
                for reason in self.reasons
                if reason.field == name and reason.when in {"any", when}
            )

        return {name: (said(name, "below"), said(name, "above")) for name in SCHEMA.names}


def read_policy(path: Path) -> Policy:
    """Read and check a policy file.

    Raises:
        PolicyError: it is missing, unreadable or wrong; the text names where and what to do.
    """
    try:
        return Policy.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PolicyError(
            f"no policy: {path}: {error.strerror}; name a file in LOANSCORE_POLICY_FILE"
        ) from error
    except ValidationError as error:
        raise PolicyError(
            f"{path}: {'; '.join(faults_of(error))}; this release reads the formats 1 and {FORMAT}"
        ) from error


def _once(where: str, names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{where}: {twice[0]} stands twice")
