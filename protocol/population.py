"""Which archived decisions a campaign decides again: what a caller may say of it, checked.

Used by `api.campaigns`, carried to a worker as JSON, read by `worker.replay.export`.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from protocol import names


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


#: RFC 3339 full-date, UTC.
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_day)]


class Population(BaseModel):
    """What the records have in common; what is left out is not asked."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    #: first and last day on which they became final
    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")
    id: Annotated[str, Field(pattern=f"^{names.SCORE_ID.pattern}$")] | None = None
    #: the caller's own
    reference: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    decision: Literal["approve", "review", "decline"] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first and self.last and self.first > self.last:
            raise ValueError("from must not be after to")
        return self
