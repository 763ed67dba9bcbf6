"""Show records of the ledger as the documents of the contract."""

import json
from typing import Any

from protocol.ledger import Gone, Record
from protocol.states import FINAL, State
from protocol.times import rfc3339

#: A dead letter is a failure to its caller; that it can be re-driven is the operator's matter.
SHOWN = {State.DEAD: State.FAILED}


def score(score_id: str, record: Record, overridden: Record | None = None) -> dict[str, Any]:
    """Show a job as a score.

    Args:
        score_id: its id.
        record: as `Ledger.read` gives it.
        overridden: as `Overrides.latest` gives it.
    """
    links = {"self": f"/v1/scores/{score_id}"}
    if "redriven_as" in record:
        links["redriven_as"] = f"/v1/scores/{record['redriven_as']}"
    outcome = _outcome(record)
    decision = record.get("decided") or (outcome["result"] or {}).get("decision")
    return {
        "id": score_id,
        **outcome,
        "decision_in_force": decision,
        "override": override(overridden) if overridden else None,
        **times(record),
        "links": links,
    }


def override(record: Record) -> dict[str, Any]:
    """Show an override, as `Overrides` gives it."""
    settled = record.get("settled_ms")
    said = ("verdict", "approver", "approver_note")
    verdict, approver, note = (record.get(name) for name in said)
    second = {"verdict": verdict, "actor": approver, "note": note}
    in_force = record.get("in_force_ms")
    shown = ("id", "state", "decision", "before", "scored", "direction")
    return {
        **{name: record[name] for name in shown},
        "reason": json.loads(record["reason"]),
        "note": record["note"],
        "actor": record["actor"],
        "second_person": second | {"at": rfc3339(settled)} if settled else None,
        "policy": json.loads(record["policy"]),
        "superseded_by": record.get("superseded_by"),
        "created_at": rfc3339(record["created_ms"]),
        "in_force_at": rfc3339(in_force) if in_force else None,
        "links": {
            "self": f"/v1/overrides/{record['id']}",
            "score": f"/v1/scores/{record['score']}",
        },
    }


def batch(batch_id: str, record: Record, items: list[Record | Gone | None]) -> dict[str, Any]:
    """Show a batch with its items in input order.

    Args:
        batch_id: its id.
        record: as `Ledger.read_batch` gives it.
        items: the records of its jobs, in order, as `Ledger.read` gives them.
    """
    records = iter(items)
    shown = [
        _invalid(index, entry) if isinstance(entry, dict) else _item(index, entry, next(records))
        for index, entry in enumerate(json.loads(record["items"]))
    ]
    state = State(record["state"])
    if state == State.QUEUED and any(item["status"] not in {"queued", "invalid"} for item in shown):
        state = State.RUNNING
    return {
        "id": batch_id,
        "status": state,
        "counts": _counts(record, shown),
        "items": shown,
        **times(record),
        "links": {"self": f"/v1/score-batches/{batch_id}"},
    }


def times(record: Record) -> dict[str, str | None]:
    """Show when a job or batch was accepted and when it became final."""
    final = record["state"] in FINAL
    return {
        "created_at": rfc3339(record["created_ms"]),
        "finished_at": rfc3339(record["finished_ms"]) if final else None,
    }


def _outcome(record: Record) -> dict[str, Any]:
    state = State(record["state"])
    answer = json.loads(record.get("answer", "{}"))
    return {
        "status": SHOWN.get(state, state),
        "reference": record.get("reference"),
        "metadata": json.loads(record["metadata"]) if "metadata" in record else None,
        "result": answer.get("result"),
        "model": answer.get("model"),
        "error": answer.get("error"),
    }


_NOTHING = {"reference": None, "metadata": None, "result": None, "model": None, "error": None}


def _item(index: int, score_id: str, record: Record | Gone | None) -> dict[str, Any]:
    if not isinstance(record, dict):  # erased by itself, or its time was up before the batch's
        return {"index": index, "id": score_id, "status": "gone", **_NOTHING}
    return {"index": index, "id": score_id, **_outcome(record)}


def _invalid(index: int, entry: dict[str, Any]) -> dict[str, Any]:
    error = {
        "code": "invalid-application",
        "detail": "The item has faults.",
        "errors": entry["errors"],
    }
    own = {"reference": entry["reference"], "error": error}
    return {"index": index, "id": None, "status": "invalid", **_NOTHING, **own}


def _counts(record: Record, items: list[dict[str, Any]]) -> dict[str, int]:
    """Count from the batch's own record, which outlives its items'; the four parts add up."""
    scored = int(record.get("succeeded", 0))
    failed = int(record.get("failed", 0)) + int(record.get("dead", 0))
    invalid = sum(item["status"] == "invalid" for item in items)
    return {
        "total": len(items),
        "scored": scored,
        "invalid": invalid,
        "failed": failed,
        "unprocessed": len(items) - scored - invalid - failed,
    }
