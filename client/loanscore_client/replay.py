"""Replay: a score that is decided again, as frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loanscore_client import documents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loanscore_client.answers import Model, Result
    from loanscore_client.documents import Document


@dataclass(frozen=True)
class Decided:
    """What came out, and the model it came from."""

    model: Model
    result: Result


@dataclass(frozen=True)
class Replay:
    """A score beside itself, decided again."""

    id: str
    #: identical, changed-by-model, changed-by-policy or unreproducible
    verdict: str
    #: whether the recorded model and policy give the recorded result to the last bit
    reproduced: bool
    #: why they do not; None when they do
    cause: str | None
    #: the members of the result that differ between the two
    changed: tuple[str, ...]
    recorded: Decided
    #: None when it cannot be decided again
    replayed: Decided | None


def read(document: Document) -> Replay:
    """Read the answer.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is not one.
    """
    return Replay(
        id=documents.text(document["id"]),
        verdict=documents.text(document["verdict"]),
        reproduced=bool(document["reproduced"]),
        cause=documents.maybe(documents.text, document["cause"]),
        changed=tuple(documents.text(name) for name in document["changed"]),
        recorded=_decided(document["recorded"]),
        replayed=documents.maybe(_decided, document["replayed"]),
    )


def under(
    model: str | None, policy: str | None, cut_offs: Mapping[str, float] | None
) -> dict[str, Any]:
    """Write under what it shall be decided again, without what is left as it is."""
    given = {
        "model": model,
        "policy": policy,
        "cut_offs": None if cut_offs is None else dict(cut_offs),
    }
    return {name: value for name, value in given.items() if value is not None}


def _decided(document: Document) -> Decided:
    return Decided(documents.model(document["model"]), documents.result(document["result"]))
