"""How often scores were overridden, in which direction and why: counted from an archive.

The terms are the trade's: a low-side override approves what the score declines, a high-side one
declines what it approves. What the score leaves to a person (review) is counted beside them.
"""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from protocol.policy import DECISIONS
from records import table
from records.folder import Folder

#: Direction -> the score's decision that is overridden in it.
OF = {"low-side": "decline", "high-side": "approve", "from-review": "review"}


class Scored(NamedTuple):
    """The scores in question: those of a period, both days included, UTC; None has no bound."""

    first: date | None = None
    last: date | None = None

    def has(self, day: str) -> bool:
        """Tell whether a day, as YYYY-MM-DD, is in the period."""
        after = self.first is None or self.first.isoformat() <= day
        return after and (self.last is None or day <= self.last.isoformat())


def rates(folder: Folder, scored: Scored) -> dict[str, Any]:
    """Count the scores of a period, and what became of them until the archive's end.

    Returns:
        A document, see docs/records.md; a share is None where it would be of nothing. A score
        counts as overridden by the last override that came into force, and not when that took
        an earlier one back.
    """
    decisions: Counter[str] = Counter()
    events: list[dict[str, Any]] = []
    for file in folder.files():
        if scored.first is not None and file.day < scored.first:
            continue
        kinds = table.read(file, ["class", "decision"])
        if scored.has(file.day.isoformat()):
            decisions.update(kinds.filter(pl.col("class") == "score")["decision"].drop_nulls())
        if (kinds["class"] == "override").any():
            rows = table.read(file, ["class", "public"]).filter(pl.col("class") == "override")
            events += map(json.loads, rows["public"])
    events = [event for event in events if scored.has(event["override"]["scored_at"][:10])]
    return _counted(decisions, events)


def _counted(decisions: Counter[str], events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    events = list(events)
    in_force = [event for event in events if event["state"] == "in-force"]
    last = {event["id"]: event["override"] for event in in_force}
    standing = [one for one in last.values() if one["direction"] in OF]
    total = decisions.total()
    return {
        "scored": {name: decisions[name] for name in DECISIONS},
        "overridden": len(standing),
        "share": _share(len(standing), total),
        "directions": _by_direction(decisions, standing),
        "reasons": _by_reason(total, standing),
        "second_person": _second_person(events),
    }


def _by_direction(decisions: Counter[str], standing: list[dict[str, Any]]) -> list[dict[str, Any]]:
    counts = Counter(one["direction"] for one in standing)
    return [
        {
            "direction": direction,
            "overridden": counts[direction],
            "of": decisions[decision],
            "share": _share(counts[direction], decisions[decision]),
        }
        for direction, decision in OF.items()
    ]


def _by_reason(total: int, standing: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the most frequent first, equal ones by their words."""
    counts = Counter((one["reason"], one["direction"]) for one in standing)
    return [
        {
            "reason": reason,
            "direction": direction,
            "overridden": number,
            "share": _share(number, total),
        }
        for (reason, direction), number in sorted(
            counts.items(), key=lambda pair: (-pair[1], pair[0])
        )
    ]


def _second_person(events: list[dict[str, Any]]) -> dict[str, int]:
    """Count by override: an event in force is an approval where it was waited for."""
    ids = {
        state: {event["override"]["id"] for event in events if event["state"] == state}
        for state in ("awaiting-approval", "in-force", "rejected")
    }
    asked = ids["awaiting-approval"]
    approved, rejected = len(asked & ids["in-force"]), len(asked & ids["rejected"])
    left = len(asked) - approved - rejected
    return {"asked": len(asked), "approved": approved, "rejected": rejected, "open": left}


def _share(part: int, of: int) -> float | None:
    return part / of if of else None
