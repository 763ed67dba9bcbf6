"""Turn the service's JSON into `loanscore_client.answers` and `loanscore_client.errors`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Callable, TypeVar

from loanscore_client.answers import (
    Batch,
    BatchItem,
    Counts,
    Failure,
    Model,
    Policy,
    Reason,
    Result,
    Score,
)
from loanscore_client.errors import Fault
from loanscore_client.override import Override, OverrideReason, SecondPerson

Document = dict[str, Any]
_T = TypeVar("_T")


def score(document: Document) -> Score:
    """Read a score.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is not one.
    """
    return Score(
        id=text(document["id"]),
        created_at=moment(document["created_at"]),
        finished_at=maybe(moment, document["finished_at"]),
        decision_in_force=maybe(text, document.get("decision_in_force")),
        override=maybe(override, document.get("override")),
        **_outcome(document),
    )


def override(document: Document) -> Override:
    """Read an override.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is not one.
    """
    words = ("id", "state", "decision", "before", "scored", "direction", "note", "actor")
    return Override(
        **{name: text(document[name]) for name in words},
        reason=dict(document["reason"]),
        second_person=maybe(_second_person, document["second_person"]),
        policy=dict(document["policy"]),
        superseded_by=maybe(text, document["superseded_by"]),
        created_at=moment(document["created_at"]),
        in_force_at=maybe(moment, document["in_force_at"]),
    )


def override_reason(document: Document) -> OverrideReason:
    """Read a reason to override; as `override`."""
    return OverrideReason(
        text(document["code"]), text(document["decision"]), dict(document["text"])
    )


def batch(document: Document) -> Batch:
    """Read a batch.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is not one.
    """
    return Batch(
        id=text(document["id"]),
        status=text(document["status"]),
        counts=Counts(**{name: int(document["counts"][name]) for name in _COUNTS}),
        items=tuple(_item(item) for item in document["items"]),
        created_at=moment(document["created_at"]),
        finished_at=maybe(moment, document["finished_at"]),
    )


def faults(documents: list[Document]) -> tuple[Fault, ...]:
    """Read the `errors` of a problem document."""
    return tuple(
        Fault(text(one["pointer"]), text(one["code"]), text(one["detail"])) for one in documents
    )


def moment(written: str) -> datetime:
    """Read a time; it knows its zone.

    >>> moment("2025-06-15T15:06:40.123Z").isoformat()
    '2025-06-15T15:06:40.123000+00:00'
    """
    return datetime.fromisoformat(written.replace("Z", "+00:00"))


_COUNTS = ("total", "scored", "invalid", "failed", "unprocessed")


def _outcome(document: Document) -> Document:
    return {
        "status": text(document["status"]),
        "reference": document.get("reference"),
        "metadata": document.get("metadata"),
        "result": maybe(result, document["result"]),
        "model": maybe(model, document["model"]),
        "error": maybe(failure, document["error"]),
    }


def _second_person(document: Document) -> SecondPerson:
    said = {name: text(document[name]) for name in ("verdict", "actor", "note")}
    return SecondPerson(**said, at=moment(document["at"]))


def _item(document: Document) -> BatchItem:
    return BatchItem(index=int(document["index"]), id=document["id"], **_outcome(document))


def result(document: Document) -> Result:
    """Read the result of a score that succeeded."""
    return Result(
        pd=float(document["pd"]),
        points=int(document["points"]),
        grade=text(document["grade"]),
        decision=text(document["decision"]),
        policy=policy(document["policy"]),
        reasons=tuple(_reason(reason) for reason in document["reasons"]),
        expected_loss=float(document["expected_loss"]),
        warnings=tuple(dict(warning) for warning in document["warnings"]),
    )


def policy(document: Document) -> Policy:
    """Read the policy that decided."""
    known = ("version", "approve_below", "decline_above")
    more = (document.get(name) for name in ("digest", "reference"))
    return Policy(*(document[name] for name in known), *more)


def _reason(document: Document) -> Reason:
    lost = float(document["points_lost"])
    return Reason(document["code"], document["field"], lost, dict(document["text"]))


def model(document: Document) -> Model:
    """Read a model."""
    return Model(document["name"], document["version"], document["digest"])


def failure(document: Document) -> Failure:
    """Read why there is no result."""
    named = faults(document.get("errors", []))
    return Failure(text(document["code"]), text(document["detail"]), named)


def text(value: object) -> str:
    """Let a text pass.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def maybe(read: Callable[[Any], _T], value: Any) -> _T | None:
    """Read a value that may be null."""
    return None if value is None else read(value)
