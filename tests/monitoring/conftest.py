"""What the tests of monitoring share: a model of look-alike loans, an archive of what it scored."""

import json
import secrets
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from api.openapi import document
from monitoring.levels import Thresholds
from monitoring.report import Window, report
from protocol.application import FIELDS
from protocol.kept import Kept
from protocol.record import EMPTY, Head, sealed
from protocol.settings import Settings
from records import table
from records.folder import Folder
from tests.model.conftest import export
from tests.policy import POLICY
from training import generator
from worker.bulk.verdicts import verdicts
from worker.model import load_scorer

NAMES = [field.name for field in FIELDS]
_DOCUMENT = document()
_SCHEMA = _DOCUMENT["components"]["schemas"]["MonitoringReport"]
#: What every report has to be.
CONTRACT = Draft202012Validator(_SCHEMA | {"components": _DOCUMENT["components"]})
#: Days of the invented decisions begin here.
START = date(2026, 3, 1)


def applicants(number, seed):
    """Draw undrifted applicants: shape (number, fields), and whether each defaults."""
    loans = generator.look_alike(number, seed)
    return loans[NAMES].to_numpy(dtype=float), loans["default"].to_numpy(copy=True)


@pytest.fixture(scope="session")
def look_alike_model(tmp_path_factory):
    """The artefact folder of a model that learned from look-alike loans."""
    folder = tmp_path_factory.mktemp("look-alike")
    generator.write(folder / "loans.csv", generator.look_alike(seed=7))
    return export(folder / "loans.csv", folder / "model").folder


@pytest.fixture(scope="session")
def scorer(look_alike_model):
    return load_scorer(look_alike_model, POLICY)


class Bank:
    """A storage folder with decisions of a model, written as the archiver writes them."""

    def __init__(self, storage, artefact, scorer):
        self.storage = storage
        self.scorer = scorer
        self.digest = scorer.manifest.digest
        self.folder = Folder(storage / "records")
        self.kept = Kept(storage)
        self.kept.keep_model(artefact, self.digest)
        self.head = EMPTY

    def decide(self, rows, day=START, owner="acme-los"):
        """Archive the decisions on applicants; gives their ids."""
        told = verdicts(np.asarray(rows, dtype=float), self.scorer)
        model = {"name": "m", "version": "7", "digest": self.digest}
        entries = []
        for row, said in zip(rows, told.iter_rows(named=True), strict=True):
            result = {name: said[name] for name in ("pd", "points", "grade", "decision")}
            entries.append(
                self._entry("score", day, owner)
                | {
                    "state": "succeeded",
                    "application": json.dumps([float(value) for value in row]),
                    "reference": "",
                    "metadata": "",
                    "attempt": "1",
                    "answer": json.dumps({"result": result, "model": model}),
                    "evidence": "",
                }
            )
        self._archive(entries, day)
        return [entry["id"] for entry in entries]

    def observe(self, outcomes, day, owner="acme-los"):
        """Archive outcomes: id, whether it defaulted, and the day it was observed on."""
        entries = [
            self._entry("outcome", day, owner)
            | {
                "id": score_id,
                "state": "observed",
                "defaulted": str(int(defaulted)),
                "observed_on": str(observed_on),
            }
            for score_id, defaulted, observed_on in outcomes
        ]
        self._archive(entries, day)

    def report(self, first=START, last=START, **settings):
        """Report on a window."""
        given = Settings(**settings)
        window = Window.until(last, given, first)
        now = datetime(2026, 7, 1, tzinfo=UTC)
        found = report(self.folder, self.kept, window, Thresholds.of(given), now)
        CONTRACT.validate(json.loads(json.dumps(found, allow_nan=False)))
        return found

    def _entry(self, record_class, day, owner):
        at = str(int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1_000))
        return {
            "class": record_class,
            "id": f"sc_{int(at):012x}{secrets.token_hex(16)}",
            "owner": owner,
            "batch": "",
            "actor": "0123abcd",
            "created_ms": at,
            "finished_ms": at,
        }

    def _archive(self, entries, day):
        rows, head = [], self.head
        for number, entry in enumerate(entries):
            entry_id = f"{entry['finished_ms']}-{head.seq + number}"
            parts = sealed(head, entry_id, entry)
            head = Head(head.seq + 1, parts.link)
            decision = json.loads(parts.public)["decision"]
            rows.append(table.row(head.seq, entry_id, entry, decision, parts))
        table.write_new(self.folder.place_of(self.head.seq + 1, day), rows)
        self.head = head


@pytest.fixture
def bank(tmp_path, look_alike_model, scorer):
    return Bank(tmp_path, look_alike_model, scorer)


def alarms(found):
    """The alarms of a report, without their numbers."""
    return {(one["about"], one["name"], one["rule"], str(one["level"])) for one in found["alarms"]}


def days(number):
    """So many days from the start on."""
    return [START + timedelta(days=day) for day in range(number)]
