"""Challengers, and an archive of decisions for them to score."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from protocol import names
from protocol.application import FIELDS, Application
from protocol.artefact import read_manifest
from protocol.record import Head, sealed
from records import table
from records.folder import Folder
from training import challenger, data, generator
from training.models import decision_tree, logistic_regression
from training.split import split
from training.study import Study
from worker import scorecard
from worker.scorer import Scorer


def tree(artefact: Path, folder: Path) -> Path:
    """Train a tree on look-alike loans, as `make train` keeps one; gives its folder."""
    return _written(artefact, folder, "decision-tree", decision_tree)


def line(artefact: Path, folder: Path) -> Path:
    """The same of a logistic regression: to score with it the slow way is to fold it."""
    return _written(artefact, folder, "logistic-regression", logistic_regression)


def _written(artefact, folder, name, fit):
    loans = folder.with_suffix(".csv")
    generator.write(loans, generator.look_alike(rows=2_000, seed=11))
    study = Study(fit(split(data.read(loans)).learn), {"brier": 0.1}, {}, None, 0)
    challenger.write(folder, name, study, read_manifest(artefact), "none")
    return folder


def applicants(number: int, scorer: Scorer, seed: int = 5) -> list[Application]:
    """Look-alike loans: of many the ones that a scorer is least sure of, and some that are sure."""
    loans = generator.look_alike(rows=number * 50, seed=seed)[[field.name for field in FIELDS]]
    doubtful = np.argsort(np.abs(scorer.logit(loans.to_numpy(np.float64))), kind="stable")
    half = number // 2
    chosen = loans.iloc[[*doubtful[: number - half], *doubtful[len(doubtful) - half :]]]
    columns = [chosen[name].tolist() for name in chosen]
    return [Application(*row) for row in zip(*columns, strict=True)]


def archived(
    folder: Folder, head: Head, applications: list[Application], scorer: Scorer, day: date
) -> tuple[Head, list[dict]]:
    """Write one file of the archive, decided as a worker decides; gives the results too."""
    rows, results = [], []
    noon_ms = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1_000)
    for application in applications:
        found = scorer.explained(np.array([application], dtype=np.float64))
        logit = float(found.logits[0])
        pd = float(scorer.probability(found.logits)[0])
        result = scorecard.result(application, logit, pd, found.fields[0].tolist(), scorer)
        answer = {"result": result, "model": scorecard.made_by(scorer)}
        entry = {
            **dict.fromkeys(("batch", "metadata", "evidence", "actor"), ""),
            "class": "score",
            "id": names.new_score_id(),
            "state": "succeeded",
            "owner": "acme-los",
            "application": json.dumps(application),
            "reference": "canary-4711",
            "attempt": "1",
            "created_ms": str(noon_ms),
            "finished_ms": str(noon_ms + head.seq),
            "answer": json.dumps(answer),
        }
        entry_id = f"{noon_ms}-{head.seq}"
        parts = sealed(head, entry_id, entry)
        head = Head(head.seq + 1, parts.link)
        rows.append(table.row(head.seq, entry_id, entry, result["decision"], parts))
        results.append(result)
    table.write_new(folder.place_of(rows[0][0], day), rows)
    return head, results
