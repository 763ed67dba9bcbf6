"""Archived decisions decided again as a campaign, through the running service."""

import csv
import io
import shutil
import time
from contextlib import closing

import httpx
import polars as pl
import pytest

from protocol.key import SCOPES
from protocol.keystore import KeyStore
from protocol.ledger import connect
from protocol.policy import CutOffs
from records import chain, erasure
from records.folder import Folder
from tests.campaigns.conftest import FIELD_NAMES, LONGEST_S, portfolio
from tests.conftest import make_service, working
from tests.models import another
from tests.policy import POLICY
from worker.model import load_scorer

CUT_OFFS = {"approve_below": 0.0001, "decline_above": 0.9}


def until(true, what):
    ends = time.monotonic() + LONGEST_S
    while not (found := true()):
        assert time.monotonic() < ends, what
        time.sleep(0.05)
    return found


class Caller:
    """One client of the service, with a key that may do everything."""

    def __init__(self, service, name):
        with connect(service.redis_url) as redis:
            secret = KeyStore(redis).create(name, SCOPES).secret
        headers = {"Authorization": f"Bearer {secret}"}
        self.http = httpx.Client(base_url=service.url, headers=headers, timeout=30)
        self._archive = Folder(service.settings.records_folder)
        self.scores = {}
        # An API hears of a new key within two seconds.
        until(lambda: self.http.get("/v1/campaigns").status_code == 200, "a key")

    def decide(self, number):
        """Have so many applicants scored, and wait until their records are archived."""
        rows = csv.DictReader(io.StringIO(portfolio(number).decode()))
        items = [
            {
                "reference": row["reference"],
                "application": {
                    name: float(row[name]) if "." in row[name] else int(row[name])
                    for name in FIELD_NAMES
                },
            }
            for row in rows
        ]
        sent = self.http.post("/v1/score-batches", json={"items": items})
        assert sent.status_code == 202, sent.text
        path = sent.headers["Location"]
        batch = until(
            lambda: (found := self.http.get(path).json())["status"] == "succeeded" and found, path
        )
        self.scores = {item["id"]: item for item in batch["items"]}
        until(lambda: self.scores.keys() <= self._archived(), "archived")

    def _archived(self):
        found = [erasure.table.read(file, ["id"])["id"] for file in self._archive.files()]
        return {one for ids in found for one in ids}

    def replay(self, records=None, under=None, **options):
        """Run a campaign; gives its document, its summary and its results by id."""
        body = {"input": {"records": records or {}}} | ({} if under is None else {"under": under})
        sent = self.http.post("/v1/campaigns", json=body, params=options)
        assert sent.status_code == 202, sent.text
        path = sent.headers["Location"]
        shown = self.over(path)
        assert shown["status"] == "succeeded", shown
        results = csv.DictReader(io.StringIO(self.http.get(f"{path}/results").text))
        summary = self.http.get(f"{path}/summary").json()
        return shown, summary, {row["id"]: row for row in results}

    def over(self, path):
        """Wait until a campaign is over and its files are there."""
        return until(lambda: (found := self.http.get(path).json())["files"] and found, path)

    def pd(self, score_id):
        return self.scores[score_id]["result"]["pd"]


@pytest.fixture(scope="module")
def service(folder, artefact):
    """A service that archives at once, with chunks of some hundred records."""
    running = make_service(
        folder / "campaigns-of-records", artefact, chunk_bytes=8_192, sweep_s=0.2, archive_s=0.1
    )
    with working(running):
        yield running


@pytest.fixture(scope="module")
def bank(service):
    """A client with 300 decisions in the archive."""
    caller = Caller(service, "bank")
    caller.decide(300)
    with closing(caller.http):
        yield caller


def verdicts(summary):
    return {name: count for name, count in summary["replay"]["verdicts"].items() if count}


def test_decisions_that_are_decided_again_by_what_made_them_are_identical(bank, service):
    shown, summary, results = bank.replay()
    head = chain.verify(Folder(service.settings.records_folder)).head
    assert shown["input"]["records"] == {}
    assert shown["counts"] == {"total": 300, "scored": 300, "invalid": 0, "unprocessed": 0}
    assert shown["chunks"]["total"] > 1
    assert verdicts(summary) == {"identical": 300}
    replay = summary["replay"]
    assert (replay["reproduced"], replay["causes"]) == (300, {})
    assert (replay["head"]["seq"], len(replay["head"]["link"])) == (head.seq, len(head.link))
    assert replay["expected_loss"]["recorded"] == replay["expected_loss"]["now"] > 0
    assert results.keys() == bank.scores.keys()
    places = [int(row["seq"]) for row in results.values()]
    assert places == sorted(places)  # in the order of the chain
    for score_id, row in results.items():
        result = bank.scores[score_id]["result"]
        assert row["reference"] == bank.scores[score_id]["reference"]
        assert float(row["pd"]) == float(row["recorded_pd"]) == result["pd"]
        assert row["decision"] == row["recorded_decision"] == result["decision"]
        assert float(row["recorded_expected_loss"]) == result["expected_loss"]
        assert row["recorded_policy"] == POLICY.digest


def test_other_cut_offs_change_exactly_the_decisions_whose_pd_lies_between(bank):
    shown, summary, results = bank.replay(under={"cut_offs": CUT_OFFS})
    policy = POLICY.with_cut_offs(CutOffs(**CUT_OFFS))
    assert (shown["policy"], shown["under"]) == (policy.version, {"cut_offs": CUT_OFFS})
    old = POLICY.cut_offs
    expected = {
        score_id
        for score_id in bank.scores
        if CUT_OFFS["approve_below"] <= bank.pd(score_id) < old.approve_below
        or old.decline_above < bank.pd(score_id) <= CUT_OFFS["decline_above"]
    }
    changed = {score_id for score_id, row in results.items() if row["replay"] != "identical"}
    assert changed == expected != set()
    assert verdicts(summary) == {
        "identical": 300 - len(expected), "changed-by-policy": len(expected),
    }  # fmt: skip
    moved = summary["replay"]["decisions"]
    assert sum(count for now in moved.values() for count in now.values()) == 300
    assert sum(count for old, now in moved.items() for new, count in now.items() if old != new) == (
        len(expected)
    )
    for score_id in list(expected)[:3] + list(set(results) - expected)[:3]:
        alone = bank.http.post(f"/v1/scores/{score_id}/replay", json={"cut_offs": CUT_OFFS}).json()
        row = results[score_id]
        assert row["replay"] == alone["verdict"]
        assert row["decision"] == alone["replayed"]["result"]["decision"]
    digest = alone["replayed"]["result"]["policy"]["digest"]
    assert digest == policy.digest
    _, again, _ = bank.replay(under={"policy": digest})  # it is on the shelf like any other
    assert again["replay"]["verdicts"] == summary["replay"]["verdicts"]


def test_a_population_is_what_the_records_have_in_common(bank):
    some = next(iter(bank.scores))
    reference = bank.scores[some]["reference"]
    declined = [one for one in bank.scores.values() if one["result"]["decision"] == "decline"]
    for records, number in (
        ({"id": some}, 1),
        ({"reference": reference}, 1),
        ({"decision": "decline"}, len(declined)),
        ({"from": "2020-01-01", "to": "2020-01-02"}, 0),
        ({"from": "2020-01-01"}, 300),
    ):
        shown, summary, results = bank.replay(records, name="some")
        assert (shown["counts"]["total"], len(results)) == (number, number)
        assert summary["replay"]["reproduced"] == number
        assert shown["input"]["records"] == records
        assert len(results) == number


@pytest.fixture(scope="module")
def other(service, bank, tmp_path_factory):
    """Another model, and a client whose 40 decisions it made."""
    folder = another(tmp_path_factory.mktemp("another"))
    worker = next(one for one in service.processes if one.name == "worker")
    worker.stop()
    service.processes.remove(worker)
    worker = service.start_worker("other", LOANSCORE_MODEL_DIR=str(folder))
    caller = Caller(service, "formerly")
    caller.decide(40)
    worker.stop()
    service.processes.remove(worker)
    service.start_worker()
    with closing(caller.http):
        yield load_scorer(folder, POLICY).manifest.digest, caller


def test_what_made_them_is_gone_or_damaged(other, service, tmp_path):
    """Before any worker has used it: then it would have it in memory."""
    digest, formerly = other
    kept = service.settings.storage_folder / "models" / digest[7:]

    def causes():
        _, summary, results = formerly.replay()
        assert verdicts(summary) == {"unreproducible": 40}
        assert summary["replay"]["reproduced"] == 0
        assert len(results) == 40  # they are decided by what serves all the same
        return summary["replay"]["causes"]

    shutil.move(kept, tmp_path / "kept")
    assert causes() == {"model-not-kept": 40}
    shutil.copytree(tmp_path / "kept", kept)
    (kept / "model.joblib").write_bytes(b"tampered with")
    assert causes() == {"model-damaged": 40}
    shutil.copy(tmp_path / "kept" / "model.joblib", kept)


def test_another_model_is_what_changed_them(bank, other):
    digest, formerly = other
    _, summary, results = bank.replay(under={"model": digest})
    assert verdicts(summary) == {"changed-by-model": 300}
    assert (summary["replay"]["reproduced"], summary["replay"]["causes"]) == (300, {})
    assert {row["model_digest"] for row in results.values()} == {digest}
    _, summary, results = formerly.replay()  # by what serves now
    assert verdicts(summary) == {"changed-by-model": 40}
    assert {row["recorded_model"] for row in results.values()} == {digest}
    assert set(results) == set(formerly.scores)  # nobody else's
    _, summary, _ = formerly.replay(under={"model": digest})
    assert verdicts(summary) == {"identical": 40}


def test_an_applicant_who_was_erased_cannot_be_decided_again_and_is_counted(service):
    caller = Caller(service, "forgetful")
    caller.decide(20)
    erased = sorted(caller.scores)[3]
    erasure.erase(Folder(service.settings.records_folder), {erased})
    shown, summary, results = caller.replay()
    assert shown["counts"] == {"total": 20, "scored": 19, "invalid": 1, "unprocessed": 0}
    assert verdicts(summary) == {"identical": 19, "unreproducible": 1}
    assert summary["replay"]["causes"] == {"erased": 1}
    assert erased not in results
    path = shown["links"]["self"]
    (fault,) = csv.DictReader(io.StringIO(caller.http.get(f"{path}/errors").text))
    assert (fault["code"], fault["line"]) == ("erased", "4")
    caller.http.close()


def test_results_come_in_every_format(bank):
    declined = {
        one for one, score in bank.scores.items() if score["result"]["decision"] == "decline"
    }
    for output, read in (("ndjson", pl.read_ndjson), ("parquet", pl.read_parquet)):
        body = {"input": {"records": {"decision": "decline"}}}
        sent = bank.http.post("/v1/campaigns", json=body, params={"output": output})
        shown = bank.over(sent.headers["Location"])
        read_back = read(io.BytesIO(bank.http.get(f"{shown['links']['self']}/results").content))
        assert set(read_back["id"]) == declined
        assert set(read_back["replay"]) == {"identical"}


def test_a_model_that_is_not_kept_fails_the_campaign(bank):
    body = {"input": {"records": {}}, "under": {"model": "sha256:" + "0" * 64}}
    path = bank.http.post("/v1/campaigns", json=body).headers["Location"]
    shown = until(lambda: (found := bank.http.get(path).json())["status"] == "failed" and found, "")
    assert shown["error"]["code"] == "model-refused"


def test_a_portfolio_is_not_compared_with_decision_records(bank):
    shown, _, _ = bank.replay({"decision": "decline"})
    sent = bank.http.post(
        "/v1/campaigns",
        content=portfolio(3),
        params={"compare_with": shown["id"]},
        headers={"Content-Type": "text/csv"},
    )
    assert (sent.status_code, sent.json()["code"]) == (400, "invalid-query")
    assert "over decision records" in sent.json()["detail"]
