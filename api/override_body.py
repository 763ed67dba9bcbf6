"""The bodies of overrides, checked field by field and by the policy."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, StringConstraints

from api import submission
from api.problems import Fault
from protocol.policy import OverrideReason, Overrides

#: How the code of a reason is spelled; most characters of a note, which begins with no blank.
CODE, NOTE_LENGTH, NOTE = r"^[A-Z][A-Z0-9_]{0,63}$", 2_000, r"^[^\x00-\x20]"
_Note = Annotated[str, StringConstraints(pattern=NOTE, max_length=NOTE_LENGTH)]
_FAULTY = "invalid-override"


class SecondPerson(BaseModel):
    """The body of `POST /v1/overrides/{id}/approve` and `/reject`."""

    model_config = submission.STRICT

    #: why; personal, for it may tell of the applicant
    note: _Note


class Request(SecondPerson):
    """The body of `POST /v1/scores/{id}/overrides`."""

    decision: Literal["approve", "decline"]
    reason: Annotated[str, StringConstraints(pattern=CODE)]


_Body = TypeVar("_Body", bound=BaseModel)


def read(model: type[_Body], given: dict[str, Any]) -> _Body:
    """Check a parsed body.

    Raises:
        Problem: invalid-override, with every fault and its JSON Pointer.
    """
    checked = submission.check(model, given)
    return submission.refuse(checked, _FAULTY) if isinstance(checked, list) else checked


def grounds(request: Request, overrides: Overrides) -> OverrideReason:
    """Find the reason in a policy.

    Raises:
        Problem: invalid-override: the policy has it not, or not for this decision.
    """
    reasons = overrides.reasons
    found = next((reason for reason in reasons if reason.code == request.reason), None)
    if found is None:
        known = ", ".join(reason.code for reason in reasons) or "none"
        detail = f"The policy has no such reason to override; it has {known}."
        submission.refuse([Fault("/reason", "unknown-reason", detail)], _FAULTY)
    if found.decision not in {"any", request.decision}:
        detail = f"The policy gives {found.code} as grounds to {found.decision} only."
        submission.refuse([Fault("/reason", "wrong-decision", detail)], _FAULTY)
    return found
