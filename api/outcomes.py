"""`POST /v1/outcomes`: what became of loans, as their lender observed it.

An outcome is put on record at once (`protocol.outcomes`) and matched with its score in the archive,
where the score stays long after its time here is up (`monitoring`).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from flask import Blueprint, Response, g, request
from pydantic import BaseModel, Field, StringConstraints

from api import acceptance, body, submission
from api.keys import Keys
from api.pressure import Pressure
from api.problems import Fault
from protocol import names, outcomes
from protocol.outcomes import Outcomes
from protocol.population import Day
from protocol.settings import Settings

_FAULTY = "invalid-outcome"
#: A bank's day may be ahead of UTC or behind it.
_DAY = timedelta(days=1)
_DETAILS = {
    outcomes.Fault.NOT_FOUND: "No score of yours has this id.",
    outcomes.Fault.NOT_SCORED: "This score has no decision that a loan could have followed.",
}


class Outcome(BaseModel):
    """One of the items."""

    model_config = submission.STRICT

    id: Annotated[str, StringConstraints(pattern=f"^{names.SCORE_ID.pattern}$")]
    defaulted: bool
    observed_on: Day

    def outcome(self) -> outcomes.Outcome:
        """Give it as it is recorded."""
        return outcomes.Outcome(self.id, self.defaulted, date.fromisoformat(self.observed_on))


class Submission(BaseModel):
    """The body of `POST /v1/outcomes`, its items not yet checked."""

    model_config = submission.STRICT

    items: Annotated[list[Any], Field(min_length=1, max_length=submission.MOST_ITEMS)]


def blueprint(outcomes: Outcomes, keys: Keys, pressure: Pressure, settings: Settings) -> Blueprint:
    """Build the route."""
    routes = Blueprint("outcomes", __name__, url_prefix="/v1/outcomes")

    @routes.post("")
    @keys.requires("outcomes:write")
    def record() -> Response:
        request.max_content_length = settings.batch_limit_bytes
        read = _read(body.read_object(), datetime.now(UTC).date())
        keys.charge(len(read) - 1)
        pressure.admit()
        recorded = outcomes.record(read, g.owner, g.key.id)
        if recorded.faults:
            submission.refuse(
                [
                    Fault(f"/items/{at}/id", what, _DETAILS[what])
                    for at, what in recorded.faults.items()
                ],
                _FAULTY,
            )
        said = {"accepted": recorded.accepted, "repeated": recorded.repeated}
        return acceptance.as_json(said, 202)

    return routes


def _read(given: dict[str, Any], today: date) -> list[outcomes.Outcome]:
    """Check a parsed body.

    Args:
        given: the body.
        today: UTC.
    Raises:
        Problem: invalid-outcome, with every fault and its JSON Pointer.
    """
    whole = submission.check(Submission, given)
    if not isinstance(whole, Submission):
        submission.refuse(whole, _FAULTY)
    checked = [
        submission.check(Outcome, item, ("items", at)) for at, item in enumerate(whole.items)
    ]
    faults = [fault for item in checked if isinstance(item, list) for fault in item]
    items = [item.outcome() for item in checked if isinstance(item, Outcome)]
    faults = faults or _wrong_days(items, today)
    return submission.refuse(faults, _FAULTY) if faults else items


def _wrong_days(items: Sequence[outcomes.Outcome], today: date) -> list[Fault]:
    faults = []
    for at, item in enumerate(items):
        place = f"/items/{at}/observed_on"
        if item.observed_on > today + _DAY:
            faults.append(Fault(place, "in-the-future", "Nobody has observed that yet."))
        elif item.observed_on < names.made_on(item.score_id) - _DAY:
            faults.append(Fault(place, "before-score", "The score was asked for later than that."))
    return faults
