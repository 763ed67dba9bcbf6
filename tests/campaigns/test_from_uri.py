"""A campaign from a URI, through a real Redis, a real S3 endpoint and real workers."""

import gzip
import hashlib
import json
import signal
import time

import pytest

from protocol.ledger import connect
from tests.campaigns.conftest import LONGEST_S, portfolio
from tests.campaigns.lane import Lane
from tests.campaigns.s3 import BUCKET
from tests.conftest import make_service, working


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The folder of the one client there is."""
    folder = tmp_path_factory.mktemp("portfolios") / "tests"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def service(folder, artefact, s3, place):
    """A service that takes URIs; three attempts, a second apart."""
    running = make_service(
        folder / "uri",
        artefact,
        chunk_bytes=20_000,
        lease_s=1,
        sweep_s=0.2,
        max_attempts=3,
        campaign_prefixes=f"file://{place.parent}/{{client}}/,s3://{BUCKET}/{{client}}/",
    )
    running.environment |= s3.environment
    with working(running):
        yield running


@pytest.fixture
def lane(service):
    with connect(service.redis_url) as client:
        yield Lane(service, client)


def wait_until(true):
    ends = time.monotonic() + LONGEST_S
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def failed(lane, campaign):
    record = lane.wait(campaign)
    assert record["state"] == "failed"
    return json.loads(record["error"])["code"]


def test_what_is_not_there_fails_is_reconciled_with_no_input_and_can_be_resumed(lane, place):
    content = portfolio(500)
    campaign = lane.create_from(f"file://{place}/later.csv")
    assert failed(lane, campaign) == "input-unreadable"
    assert lane.json(campaign, "reconciliation")["input"] is None
    assert not lane.folder(campaign).file("unprocessed").exists()
    (place / "later.csv").write_bytes(content)
    lane.campaigns.turn(campaign, "resume")
    assert lane.wait(campaign)["state"] == "succeeded"
    assert len(lane.table(campaign, "results")) == 500


def test_a_campaign_cancelled_before_it_was_fetched_has_no_input_and_nothing_unprocessed(
    lane, place
):
    worker = lane.worker()
    worker.popen.send_signal(signal.SIGSTOP)
    try:
        campaign = lane.create_from(f"file://{place}/never.csv")
        lane.campaigns.turn(campaign, "cancel")
    finally:
        worker.popen.send_signal(signal.SIGCONT)
    assert lane.wait(campaign)["state"] == "cancelled"
    assert lane.json(campaign, "reconciliation") == {
        "campaign": campaign,
        "input": None,
        "files": {},
    }


def test_a_portfolio_that_cannot_be_scored_is_named_by_its_digest_and_all_unprocessed(lane, place):
    content = portfolio(10).replace(b"fico_score", b"fico")
    (place / "unfit.csv").write_bytes(content)
    campaign = lane.create_from(f"file://{place}/unfit.csv")
    assert failed(lane, campaign) == "missing-columns"
    digest = hashlib.sha256(content).hexdigest()
    assert lane.json(campaign, "reconciliation")["input"] == {
        "bytes": len(content),
        "sha256": digest,
    }
    assert lane.folder(campaign).file("unprocessed").read_bytes() == content


def test_a_store_that_is_away_for_a_while_is_tried_again(lane, s3):
    worker = lane.worker()
    s3.stop()
    try:
        campaign = lane.create_from(f"s3://{BUCKET}/tests/patient.csv")
        wait_until(lambda: f"{campaign}, step plan: the input is away" in worker.log.read_text())
        worker.popen.send_signal(signal.SIGSTOP)  # so that the attempts are not used up
    finally:
        s3.start()
    s3.put("tests/patient.csv", portfolio(500))
    worker.popen.send_signal(signal.SIGCONT)
    assert lane.wait(campaign)["state"] == "succeeded"


def test_a_store_that_stays_away_fails_the_campaign_with_the_cause(lane, s3):
    s3.stop()
    try:
        campaign = lane.create_from(f"s3://{BUCKET}/tests/secret.csv")
        assert failed(lane, campaign) == "input-unreadable"
        assert "EndpointConnectionError" in lane.campaigns.read(campaign)["error"]
    finally:
        s3.start()
    assert "secret" not in lane.worker().log.read_text()


@pytest.mark.parametrize("kind", ["file", "s3"])
def test_a_portfolio_at_a_uri_is_scored_like_an_uploaded_one(lane, s3, place, kind):
    content = gzip.compress(portfolio(5_000, bad={7}))
    (place / "book.csv.gz").write_bytes(content)
    uri = {
        "file": f"file://{place}/book.csv.gz",
        "s3": s3.put("tests/book.csv.gz", content),
    }
    uploaded, fetched = lane.create(content), lane.create_from(uri[kind])
    first, second = lane.wait(uploaded), lane.wait(fetched)
    assert (second["state"], second["rows"], second["invalid"]) == ("succeeded", "5000", "1")
    assert (second["bytes"], second["sha256"]) == (first["bytes"], first["sha256"])
    for name in ("results", "errors", "summary"):
        assert lane.text(fetched, name) == lane.text(uploaded, name)
    inputs = [lane.json(one, "reconciliation")["input"] for one in (uploaded, fetched)]
    assert inputs[0] == inputs[1]
