"""A campaign through a real Redis and real workers: every row once, whatever happens."""

import csv
import hashlib
import io
import json
import signal
import subprocess
import sys
import time

import httpx
import numpy as np
import polars as pl
import pytest

from protocol.ledger import connect
from tests.campaigns.conftest import FIELD_NAMES, LONGEST_S, portfolio
from tests.campaigns.lane import Lane
from tests.conftest import ROOT, environment
from tests.policy import POLICY
from worker.model import load_scorer


@pytest.fixture
def lane(service):
    with connect(service.redis_url) as client:
        yield Lane(service, client)


@pytest.fixture(scope="module")
def scorer(artefact):
    return load_scorer(artefact, POLICY)


def test_a_campaign_worker_keeps_to_one_core_and_gives_way_to_single_scores():
    program = (
        "import os; before = os.nice(0);"
        "from worker.__main__ import _lane; _lane(['campaigns']);"
        "import polars; print(polars.thread_pool_size(), os.nice(0) - before);"
        "file = '/proc/self/autogroup'; print(open(file).read() if os.path.exists(file) else '')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )
    alone, session = done.stdout.splitlines()[:2]
    assert alone == "1 10"
    assert session == "" or session.endswith(" nice 10")  # kernels without it say nothing


def test_every_row_is_scored_once_in_input_order_or_among_the_errors(lane, scorer):
    bad = {3, 999, 4_999}
    campaign = lane.create(portfolio(5_000, bad))
    record = lane.wait(campaign)
    assert (record["state"], record["rows"], record["invalid"]) == ("succeeded", "5000", "3")
    assert int(record["chunks"]) > 5
    rows = lane.table(campaign, "results")
    assert [row["reference"] for row in rows] == [f"L{n}" for n in range(5_000) if n not in bad]
    errors = lane.table(campaign, "errors")
    assert [int(row["line"]) for row in errors] == [number + 2 for number in sorted(bad)]
    sent = list(csv.DictReader(io.StringIO(portfolio(5_000).decode())))
    good = [row for number, row in enumerate(sent) if number not in bad]
    applications = np.array([[float(row[name]) for name in FIELD_NAMES] for row in good])
    expected = scorer.probability(scorer.logit(applications))
    assert np.array([float(row["pd"]) for row in rows]).tolist() == expected.tolist()
    assert {row["model_digest"] for row in rows} == {record["digest"]}


def test_the_reconciliation_names_every_file_by_its_digest_and_its_totals_add_up(lane):
    content = portfolio(1_000, bad={5})
    campaign = lane.create(content)
    lane.wait(campaign)
    outcome = lane.json(campaign, "reconciliation")
    assert outcome["input"]["sha256"] == hashlib.sha256(content).hexdigest()
    for kind, file in outcome["files"].items():
        written = lane.content(campaign, kind)
        assert file == {"bytes": len(written), "sha256": hashlib.sha256(written).hexdigest()}
    assert outcome["rows"] == {"total": 1_000, "scored": 999, "invalid": 1, "unprocessed": 0}
    assert outcome["chunks"]["unprocessed"] == 0
    summary = lane.json(campaign, "summary")
    assert sum(summary["decisions"].values()) == sum(summary["grades"].values()) == 999
    losses = [float(row["expected_loss"]) for row in lane.table(campaign, "results")]
    assert summary["expected_loss"] == pytest.approx(sum(losses), rel=1e-12)
    assert summary["pd"]["below"] + sum(summary["pd"]["counts"]) + summary["pd"]["above"] == 999


def test_a_portfolio_that_cannot_be_scored_fails_with_a_reason_and_is_all_unprocessed(lane):
    content = portfolio(10).replace(b"fico_score", b"fico")
    campaign = lane.create(content)
    record = lane.wait(campaign)
    assert record["state"] == "failed"
    problem = json.loads(record["error"])
    assert problem["code"] == "missing-columns"
    assert "fico_score" in problem["detail"]
    assert lane.folder(campaign).file("unprocessed").read_bytes() == content


def test_a_worker_killed_in_the_middle_changes_nothing_in_the_results(lane, service):
    content = portfolio(20_000, bad={77})
    undisturbed = lane.create(content)
    lane.wait(undisturbed)
    disturbed = lane.create(content)
    for kill in range(3):
        ends = time.monotonic() + LONGEST_S
        while int(lane.campaigns.read(disturbed)["done"]) < 3 * kill + 1:
            assert time.monotonic() < ends
            time.sleep(0.01)
        service.kill(lane.worker())
        service.start_campaign_worker(f"campaigns-{kill}")
    record = lane.wait(disturbed)
    assert (record["state"], record["rows"]) == ("succeeded", "20000")
    for kind in ("results", "errors"):
        assert lane.text(disturbed, kind) == lane.text(undisturbed, kind)


def test_a_chunk_that_cannot_be_read_again_fails_and_a_resume_does_the_rest(lane, service):
    worker = lane.worker()
    worker.popen.send_signal(signal.SIGSTOP)
    try:
        content = portfolio(3_000)
        campaign = lane.create(content)
        parts = lane.folder(campaign).parts
        parts.write_bytes(b"")  # a file where the parts' folder has to be
    finally:
        worker.popen.send_signal(signal.SIGCONT)
    ends = time.monotonic() + LONGEST_S
    while (record := lane.campaigns.read(campaign))["state"] != "failed":
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert json.loads(record["error"])["code"] == "storage"
    parts.unlink()
    assert lane.campaigns.turn(campaign, "resume")
    assert lane.wait(campaign)["state"] == "succeeded"
    assert len(lane.table(campaign, "results")) == 3_000


def test_a_cancelled_campaign_accounts_for_every_row(lane, service):
    content = portfolio(40_000)
    campaign = lane.create(content)
    ends = time.monotonic() + LONGEST_S
    while int(lane.campaigns.read(campaign)["done"]) < 2:
        assert time.monotonic() < ends
        time.sleep(0.01)
    lane.campaigns.turn(campaign, "cancel")
    assert lane.wait(campaign)["state"] == "cancelled"
    done = lane.table(campaign, "results")
    left = lane.table(campaign, "unprocessed")
    references = [row["reference"] for row in done] + [row["reference"] for row in left]
    assert sorted(references) == sorted(f"L{number}" for number in range(40_000))
    assert left


def test_an_input_that_changes_meanwhile_is_noticed_and_nothing_of_it_is_scored(lane):
    campaign = lane.create(portfolio(40_000))
    ends = time.monotonic() + LONGEST_S
    while int(lane.campaigns.read(campaign)["done"]) < 1:
        assert time.monotonic() < ends
        time.sleep(0.01)
    with lane.folder(campaign).portfolio.open("ab") as file:
        file.write(b"L,1,1,1,1,1,700\n")
    while (record := lane.campaigns.read(campaign))["state"] not in {"failed", "succeeded"}:
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert json.loads(record["error"])["code"] == "input-changed"


def test_a_parquet_file_damaged_in_the_middle_fails_and_is_accounted_for(lane):
    file = io.BytesIO()
    frame = pl.read_csv(portfolio(3_000))
    frame.write_parquet(file, row_group_size=500, compression="zstd", statistics=False)
    content = bytearray(file.getvalue())
    middle = len(content) // 2
    content[middle : middle + 2_000] = bytes(2_000)
    campaign = lane.create(bytes(content), format="parquet")
    record = lane.wait(campaign)
    assert record["state"] == "failed"
    assert json.loads(record["error"])["code"] == "unreadable"
    outcome = lane.json(campaign, "reconciliation")
    rows = outcome["rows"]
    assert rows["total"] == rows["scored"] + rows["invalid"] + rows["unprocessed"] == 3_000
    assert rows["unprocessed"] == sum(one["rows"] for one in outcome["unprocessed"]) > 0
    assert outcome["portfolio_damaged"]
    assert lane.folder(campaign).file("unprocessed").read_bytes() == content
    assert len(lane.table(campaign, "results")) == rows["scored"]


def test_a_live_campaign_worker_says_so(lane, service):
    ends = time.monotonic() + LONGEST_S
    while not lane.campaigns.live_workers():
        assert time.monotonic() < ends
        time.sleep(0.05)
    command = [sys.executable, "-m", "worker.alive", "campaigns"]
    url = service.redis_url_of("worker")
    assert subprocess.run(command, env=environment(redis_url=url), check=False).returncode == 0
    answer = httpx.get(f"{service.url}/readyz").json()
    assert answer["campaign_workers"] >= 1


def test_a_worker_of_no_lane_does_not_start():
    done = subprocess.run(
        [sys.executable, "-m", "worker", "campaing"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("campaigns")) == (2, 1)
