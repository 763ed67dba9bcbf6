"""The body of `POST /v1/scores`, checked field by field: all faults at once."""

from typing import Annotated, Any

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
from protocol import application
from protocol.application import Application

#: A caller's own reference: no spaces, nothing a spreadsheet would run, no room for a name.
REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$"
_Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
_Value = Annotated[str, StringConstraints(max_length=200)]


def _whole(value: object) -> object:
    """Take 5.0 for 5, as JSON Schema does; -0 for 0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _positive_zero(value: object) -> object:
    return 0.0 if value == 0 and not isinstance(value, bool) else value


def _typed(field: application.Field) -> Any:
    kind: Any = Annotated[float, BeforeValidator(_positive_zero)]
    if field.kind == "integer":
        kind = Annotated[int, BeforeValidator(_whole)]
    return (kind, Field(ge=field.low, le=field.high, description=field.description))


_STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)
_Fields: Any = create_model(
    "ApplicationFields",
    __config__=_STRICT,
    **{field.name: _typed(field) for field in application.FIELDS},
)


class Submission(BaseModel):
    """One application and what the caller wants back untouched."""

    model_config = _STRICT

    application: _Fields
    reference: Annotated[str, StringConstraints(pattern=REFERENCE)] | None = None
    metadata: Annotated[dict[_Key, _Value], Field(max_length=16)] | None = None


def read(body: dict[str, Any]) -> tuple[Application, Submission]:
    """Check a parsed body.

    Raises:
        Problem: invalid-application, with every fault and its JSON Pointer.
    """
    try:
        submission = Submission.model_validate(body)
    except ValidationError as error:
        faults = [
            Fault(_pointer(fault["loc"]), fault["type"].replace("_", "-"), fault["msg"] + ".")
            for fault in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        detail = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}, each named in errors."
        raise Problem("invalid-application", detail, faults) from None
    return Application(**submission.application.model_dump()), submission


def _pointer(steps: tuple[int | str, ...]) -> str:
    """Spell a place as a JSON Pointer.

    >>> _pointer(("application", "a/b"))
    '/application/a~1b'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
