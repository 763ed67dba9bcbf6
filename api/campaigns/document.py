"""Show a campaign's record as the document of the contract."""

import json
import math
from collections.abc import Collection
from typing import Any

from protocol.ledger import Record
from protocol.times import rfc3339

#: States in which nothing more is scored unless it is resumed.
FINAL = frozenset({"succeeded", "failed", "cancelled"})
#: The states a campaign can be in.
STATES = ("queued", "validating", "running", "finalizing", "paused", *sorted(FINAL))


def campaign(campaign_id: str, record: Record, files: Collection[str]) -> dict[str, Any]:
    """Show a campaign.

    Args:
        campaign_id: its id.
        record: as `Campaigns.read` gives it.
        files: kinds of files that are there.
    """
    counts = _counts(record)
    under = {"under": json.loads(record["under"])} if "under" in record else {}
    path = f"/v1/campaigns/{campaign_id}"
    return {
        "id": campaign_id,
        "name": record.get("name"),
        "status": record["state"],
        "input": _input(record),
        **under,
        "counts": counts,
        "chunks": {
            "total": int(record["chunks"]),
            "done": int(record["done"]),
            "given_up": int(record["dead"]),
        },
        "progress": _progress(record, counts),
        "model": _model(record),
        "policy": record.get("policy"),
        "error": _error(record),
        "files": {kind: f"{path}/{kind}" for kind in files},
        "created_at": rfc3339(record["created_ms"]),
        "started_at": _time(record, "started_ms"),
        "finished_at": _time(record, "finished_ms"),
        "links": {"self": path},
    }


def settled(record: Record) -> bool:
    """Tell whether nothing of it will change by itself: it is final and its files are written."""
    return record["state"] in FINAL and ("filed" in record or "files_error" in record)


def _input(record: Record) -> dict[str, Any]:
    given = json.loads(record["options"])
    records = {"records": json.loads(record["records"])} if "records" in record else {}
    return {
        "format": given["format"],
        "bytes": int(record["bytes"]) if "bytes" in record else None,
        "sha256": record.get("sha256"),
        **records,
    }


def _counts(record: Record) -> dict[str, int | None]:
    scored, invalid = int(record["scored"]), int(record["invalid"])
    if "rows" not in record:
        return {"total": None, "scored": scored, "invalid": invalid, "unprocessed": None}
    total = int(record["rows"])
    left = total - scored - invalid
    return {"total": total, "scored": scored, "invalid": invalid, "unprocessed": left}


def _progress(record: Record, counts: dict[str, int | None]) -> dict[str, float | None]:
    total, left = counts["total"], counts["unprocessed"]
    if total is None or left is None:
        return {"share": 0.0, "rows_per_s": None, "eta_s": None}
    share = (total - left) / total if total else 1.0
    worked_ms = int(record["worked_ms"])
    rate = (total - left) / worked_ms * 1_000 if worked_ms and total > left else None
    running = record["state"] == "running"
    eta_s = math.ceil(left / rate) if rate and running else None
    return {"share": share, "rows_per_s": rate, "eta_s": eta_s}


def _model(record: Record) -> dict[str, str] | None:
    if "digest" not in record:
        return None
    return {"name": record["model"], "version": record["version"], "digest": record["digest"]}


def _error(record: Record) -> Any:
    """Say why it failed, or why its files could not be written."""
    said = record.get("error") or record.get("files_error")
    return json.loads(said) if said else None


def _time(record: Record, name: str) -> str | None:
    return rfc3339(record[name]) if name in record else None
