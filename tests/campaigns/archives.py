"""Final scores without number, and the archiver that a worker runs."""

import json
from datetime import date

from protocol import names
from protocol.application import EXAMPLE
from protocol.ledger import Completion, Job, Ledger
from protocol.record import Head, sealed
from protocol.states import State
from records import table
from records.folder import Folder

#: Values of an applicant that stand nowhere else.
CANARY = EXAMPLE._replace(income=61_234.5678, total_debt_outstanding=13_579.2468)
WORDS = ("61234.5678", "13579.2468", "canary-4711")
ANSWER = json.dumps(
    {
        "result": {
            "pd": 0.25,
            "points": 520,
            "decision": "decline",
            "policy": {"version": "2026-1", "approve_below": 0.05, "decline_above": 0.2},
            "reasons": [{"code": "DEBT", "points_lost": 20.5}],
        },
        "model": {"name": "m", "version": "7", "digest": "sha256:" + "0" * 64},
    }
)
EVIDENCE = json.dumps({"logit": -1.0, "columns": {"dti": 0.5}, "libraries": {"numpy": "2"}})


def final(ledger: Ledger, number: int, application=CANARY, reference="canary-4711") -> list[str]:
    """Have so many scores succeed; gives their ids in the order of their records."""
    ids = []
    while len(ids) < number:
        jobs = [
            Job(names.new_score_id(), application, reference)
            for _ in range(min(64, number - len(ids)))
        ]
        for job in jobs:
            ledger.accept([job], "acme-los", actor="0123abcd")
        claims = ledger.claim(stay_awake=True)
        done = [Completion(claim, State.SUCCEEDED, ANSWER, EVIDENCE) for claim in claims]
        assert ledger.complete(done) == len(jobs)
        ids += [claim.id for claim in claims]
    return ids


def cancelled(ledger: Ledger, number: int) -> list[str]:
    """Have so many scores be cancelled."""
    jobs = [Job(names.new_score_id(), CANARY, "canary-4711") for _ in range(number)]
    for job in jobs:
        ledger.accept([job], "acme-los", actor="0123abcd")
    ledger.cancel([job.id for job in jobs])
    return [job.id for job in jobs]


def invented(folder: Folder, head: Head, number: int, day: int) -> Head:
    """Write one file of succeeded scores that became final on a day of January 2026."""
    rows = []
    for _ in range(number):
        finished_ms = 1_767_225_600_000 + 86_400_000 * day + head.seq
        entry = {
            "class": "score",
            "id": names.new_score_id(),
            "state": "succeeded",
            "owner": "acme-los",
            "batch": "",
            "application": json.dumps(CANARY),
            "reference": "canary-4711",
            "metadata": "",
            "attempt": "1",
            "actor": "0123abcd",
            "created_ms": str(finished_ms - 20),
            "finished_ms": str(finished_ms),
            "answer": ANSWER,
            "evidence": EVIDENCE,
        }
        entry_id = f"{finished_ms}-0"
        parts = sealed(head, entry_id, entry)
        head = Head(head.seq + 1, parts.link)
        rows.append(table.row(head.seq, entry_id, entry, "decline", parts))
    table.write_new(folder.place_of(rows[0][0], date(2026, 1, 1 + day)), rows)
    return head
