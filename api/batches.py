"""`/v1/score-batches`: submit up to 1,000 applications, read their scores in input order.

A batch is a list of scores: each item has an id of its own and is claimed, scored and taken up
again like any other. The batch is final when its last item is.
"""

import json
import re
from typing import Any

from flask import Blueprint, Response, g, request

from api import acceptance, asked, body, documents, submission
from api.found import found
from api.keys import Keys
from api.pressure import Pressure
from api.problems import Fault
from api.queue import Doorbell
from api.refused import count, counting
from api.submission import Item
from api.waiting import Waiting
from protocol import names
from protocol.ledger import Batch, Job, Ledger, Record
from protocol.refused import Refused
from protocol.settings import Settings
from protocol.states import FINAL


def blueprint(  # noqa: PLR0913, PLR0917 - `api.app` alone calls it, with the parts it has built
    ledger: Ledger,
    doorbell: Doorbell,
    keys: Keys,
    waiting: Waiting,
    pressure: Pressure,
    settings: Settings,
    refused: Refused,
) -> Blueprint:
    """Build the four routes."""
    batches = Blueprint("batches", __name__, url_prefix="/v1/score-batches")

    def record_of(batch_id: str, owner: str) -> Record:
        known = names.BATCH_ID.fullmatch(batch_id)
        return found(ledger.read_batch(batch_id) if known else None, owner)

    def read(batch_id: str, owner: str) -> dict[str, Any]:
        record = record_of(batch_id, owner)
        items = ledger.read(item_ids(record))
        if record["state"] not in FINAL and all(_final(item) for item in items):
            record = record_of(batch_id, owner)  # reading them closed it: their deadline had passed
        return documents.batch(batch_id, record, items)

    def wait(batch_id: str, owner: str, seconds: int) -> dict[str, Any]:
        waiting.until(
            batch_id,
            seconds,
            lambda: record_of(batch_id, owner),
            lambda record: record["state"] in FINAL,
        )
        return read(batch_id, owner)

    @batches.post("")
    @keys.requires("scores:write")
    def submit() -> Response:
        request.max_content_length = settings.batch_limit_bytes
        given = body.read_object()
        with counting(refused):
            submitted, items = submission.read_batch(given)
        count(refused, (fault for item in items if isinstance(item, list) for fault in item))
        keys.charge(len(submitted.items) - 1)
        pressure.admit()
        batch, jobs = _batch(items, submitted.items)
        accepted = ledger.accept(
            jobs,
            g.owner,
            batch=batch,
            idempotency=asked.idempotency(given),
            deadline_s=submitted.deadline_s,
            actor=g.key.id,
        )
        acceptance.settle(accepted, doorbell)
        return acceptance.respond(
            accepted,
            f"/v1/score-batches/{accepted.id}",
            lambda seconds: wait(accepted.id, g.owner, seconds),
        )

    @batches.get("/<batch_id>")
    @keys.requires("scores:read")
    def poll(batch_id: str) -> Response:
        return acceptance.polled(wait(batch_id, g.owner, asked.wait_s()))

    @batches.post("/<batch_id>/cancel")
    @keys.requires("scores:write")
    def cancel(batch_id: str) -> Response:
        ledger.cancel(item_ids(record_of(batch_id, g.owner)))
        batch = read(batch_id, g.owner)
        acceptance.check_cancelled(batch)
        return acceptance.as_json(batch)

    @batches.delete("/<batch_id>")
    @keys.requires("scores:write")
    def erase(batch_id: str) -> Response:
        ledger.erase(item_ids(record_of(batch_id, g.owner)), batch_id)
        return Response(status=204)

    return batches


def item_ids(record: Record) -> list[str]:
    """Name the scores of a batch, in input order."""
    return [entry for entry in json.loads(record["items"]) if isinstance(entry, str)]


def _final(item: object) -> bool:
    return not isinstance(item, dict) or item["state"] in FINAL


def _batch(items: list[Item | list[Fault]], given: list[Any]) -> tuple[Batch, list[Job]]:
    """Make the batch and the jobs of its valid items."""
    jobs: list[Job] = []
    entries: list[str | dict[str, Any]] = []
    for item, raw in zip(items, given, strict=True):
        if isinstance(item, list):
            entries.append({"errors": [fault.shown() for fault in item], "reference": _own(raw)})
        else:
            jobs.append(item.job(names.new_score_id()))
            entries.append(jobs[-1].id)
    return Batch(names.new_batch_id(), json.dumps(entries)), jobs


def _own(raw: object) -> str | None:
    """Give an invalid item's reference back, if that is not what is invalid."""
    reference = raw.get("reference") if isinstance(raw, dict) else None
    right = isinstance(reference, str) and re.fullmatch(submission.REFERENCE, reference)
    return reference if right else None
