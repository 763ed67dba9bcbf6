"""The bodies of submissions, checked field by field: all faults at once."""

import json
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    create_model,
)

from api.problems import Fault, Problem
from protocol import application, schema
from protocol.application import Application
from protocol.ledger import Job
from protocol.population import Population
from protocol.under import Under

#: Items of one batch at most.
MOST_ITEMS = 1_000
#: Faults named in one answer at most.
MOST_FAULTS = 1_000

#: A caller's own reference: no spaces, nothing a spreadsheet would run, no room for a name.
REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$"
#: A caller's metadata: most entries, how a key is spelled, most characters of a value.
METADATA_ENTRIES, METADATA_KEY, METADATA_VALUE = 16, r"^[A-Za-z0-9_.-]{1,40}$", 200
#: A deadline is a week off at most, s.
LONGEST_DEADLINE_S = 604_800
_Key = Annotated[str, StringConstraints(pattern=METADATA_KEY)]
_Value = Annotated[str, StringConstraints(max_length=METADATA_VALUE)]


def _whole(value: object) -> object:
    """Take 5.0 for 5, as JSON Schema does; -0 for 0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _positive_zero(value: object) -> object:
    return 0.0 if value == 0 and not isinstance(value, bool) else value


def _typed(field: schema.Field) -> Any:
    kind: Any = Annotated[float, BeforeValidator(_positive_zero)]
    if field.kind == "integer":
        kind = Annotated[int, BeforeValidator(_whole)]
    return (kind, Field(ge=field.low, le=field.high, description=field.description))


STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)
_Fields: Any = create_model(
    "ApplicationFields",
    __config__=STRICT,
    **{field.name: _typed(field) for field in application.FIELDS},
)


class Item(BaseModel):
    """One application and what the caller wants back untouched."""

    model_config = STRICT

    application: _Fields
    reference: Annotated[str, StringConstraints(pattern=REFERENCE)] | None = None
    metadata: Annotated[dict[_Key, _Value], Field(max_length=METADATA_ENTRIES)] | None = None

    def job(self, score_id: str) -> Job:
        """Make the job of this item."""
        return Job(
            score_id,
            Application(**self.application.model_dump()),
            self.reference or "",
            "" if self.metadata is None else json.dumps(self.metadata),
        )


#: Seconds.
Deadline = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=LONGEST_DEADLINE_S)]


class Submission(Item):
    """The body of `POST /v1/scores`."""

    #: the score is given up when it is not final by then
    deadline_s: Deadline | None = None


class BatchSubmission(BaseModel):
    """The body of `POST /v1/score-batches`, its items not yet checked."""

    model_config = STRICT

    items: Annotated[list[Any], Field(min_length=1, max_length=MOST_ITEMS)]
    #: whether one invalid item refuses the batch, or is left out of it
    on_invalid: Literal["reject", "skip"] = "reject"
    deadline_s: Deadline | None = None


class Records(BaseModel):
    """What a campaign over decision records is over."""

    model_config = STRICT

    records: Population


class Replay(BaseModel):
    """The body of `POST /v1/campaigns` that has archived decisions decided again."""

    model_config = STRICT

    input: Records
    under: Under = Under()

    def source(self) -> dict[str, str | int]:
        """Give what the campaign's record says of it."""
        records = self.input.records.model_dump_json(by_alias=True, exclude_none=True)
        return {"records": records, "under": self.under.model_dump_json(exclude_none=True)}


_Checked = TypeVar("_Checked", bound=BaseModel)


def read(body: dict[str, Any]) -> Submission:
    """Check a parsed body of one application.

    Raises:
        Problem: invalid-application, with every fault and its JSON Pointer.
    """
    checked = check(Submission, body)
    return checked if isinstance(checked, Submission) else refuse(checked)


def read_batch(body: dict[str, Any]) -> tuple[BatchSubmission, list[Item | list[Fault]]]:
    """Check a parsed body of many; each item becomes itself, or its faults where they are skipped.

    Raises:
        Problem: invalid-application, for the batch itself, for any item when the caller wants them
            all right, or because no item is.
    """
    batch = check(BatchSubmission, body)
    if not isinstance(batch, BatchSubmission):
        refuse(batch)
    items = [check(Item, item, ("items", index)) for index, item in enumerate(batch.items)]
    faults = [fault for item in items if isinstance(item, list) for fault in item]
    none_right = all(isinstance(item, list) for item in items)
    if faults and (batch.on_invalid == "reject" or none_right):
        refuse(faults)
    return batch, items


def read_replay(body: dict[str, Any]) -> Replay:
    """Check which decisions shall be decided again, and under what; as `read_under`."""
    checked = check(Replay, body)
    return checked if isinstance(checked, Replay) else refuse(checked)


def read_under(body: dict[str, Any]) -> Under:
    """Check under what a decision shall be decided again.

    Raises:
        Problem: invalid-application, with every fault and its JSON Pointer.
    """
    checked = check(Under, body)
    return checked if isinstance(checked, Under) else refuse(checked)


def refuse(faults: list[Fault], code: str = "invalid-application") -> NoReturn:
    """Answer 422 with the faults, the first `MOST_FAULTS` of them by name."""
    detail = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}, each named in errors."
    if len(faults) > MOST_FAULTS:
        detail = f"{len(faults)} faults, the first {MOST_FAULTS} named in errors."
    raise Problem(code, detail, faults[:MOST_FAULTS])


def check(
    model: type[_Checked], value: object, place: tuple[int | str, ...] = ()
) -> _Checked | list[Fault]:
    """Check a part of a body that stands at `place`; gives its faults when there are any."""
    try:
        return model.model_validate(value, strict=True)
    except ValidationError as error:
        return [
            Fault(
                _pointer(place + fault["loc"]), fault["type"].replace("_", "-"), fault["msg"] + "."
            )
            for fault in error.errors(include_input=False, include_url=False, include_context=False)
        ]


def _pointer(steps: tuple[int | str, ...]) -> str:
    """Spell a place as a JSON Pointer.

    >>> _pointer(("application", "a/b"))
    '/application/a~1b'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
