"""An archive of decisions without number, written as the service writes one, without the service.

Each is answered by `worker.answers`, sealed by `protocol.record` and filed by `records.table`.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.cases import draw
from protocol import names
from protocol.ledger import Claim, Completion
from protocol.policy import read_policy
from protocol.record import EMPTY, Head, sealed
from protocol.record_parts import Entry
from protocol.settings import Settings
from records import table
from records.folder import Folder
from worker.answers import answer
from worker.model import load_scorer
from worker.shelf import Shelf

#: Records of a file, as the archiver has them.
FILE = 10_000
#: Days they are spread over, up to yesterday.
DAYS = 10


def write(storage: Path, artefact: Path, owner: str, rows: int) -> None:
    """Write so many decisions, the model that made them and the policy on the shelf.

    Args:
        storage: folder of a service that has not run yet.
        artefact: the model.
        owner: whose they are.
        rows: how many, a multiple of `FILE`.
    """
    policy = read_policy(Settings().policy)
    Shelf(storage).keep(artefact, load_scorer(artefact, policy))
    folder, head, files = Folder(storage / "records"), EMPTY, rows // FILE
    today = datetime.now(UTC).date()
    with ProcessPoolExecutor() as processes:
        made = processes.map(_answered, [artefact] * files, range(files), chunksize=1)
        for number, done in enumerate(made):
            day = today - timedelta(days=DAYS - number * DAYS // files)
            head = _write(folder, head, day, _entries(done, owner, day, number))


def _answered(artefact: Path, number: int) -> list[Completion]:
    scorer = load_scorer(artefact, read_policy(Settings().policy))
    claims = [Claim(names.new_score_id(), 1, json.dumps(case)) for case in draw(FILE, seed=number)]
    return answer(claims, scorer, Shelf(artefact))


def _entries(done: list[Completion], owner: str, day: date, number: int) -> Iterator[Entry]:
    midnight_ms = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1_000)
    for place, one in enumerate(done, number * FILE):
        yield {
            "class": "score",
            "id": one.claim.id,
            "state": one.state,
            "owner": owner,
            "batch": "",
            "application": one.claim.application,
            "reference": f"L{place}",
            "metadata": "",
            "attempt": "1",
            "actor": "0123abcd",
            "created_ms": str(midnight_ms + place),
            "finished_ms": str(midnight_ms + place + 20),
            "answer": one.answer,
            "evidence": one.evidence,
        }


def _write(folder: Folder, head: Head, day: date, entries: Iterator[Entry]) -> Head:
    rows = []
    for entry in entries:
        entry_id = f"{entry['finished_ms']}-0"
        parts = sealed(head, entry_id, entry)
        head = Head(head.seq + 1, parts.link)
        decision = json.loads(parts.public)["decision"]
        rows.append(table.row(head.seq, entry_id, entry, decision, parts))
    table.write_new(folder.place_of(rows[0][0], day), rows)
    return head
