"""What CloudWatch is told for scaling: from the log of a real API, and against a real Redis."""

import io
import json
import subprocess
import sys
import threading
import time

import pytest

from api.gauges import GAUGES, Gauges
from protocol import names
from protocol.campaigns import Campaigns
from protocol.errors import LedgerUnavailable
from protocol.ledger import Ledger, connect
from protocol.settings import Settings
from tests.conftest import ROOT, environment, make_service


def lines(text: str) -> dict[str, dict]:
    return {line["Lane"]: line for line in map(json.loads, text.splitlines())}


@pytest.fixture
def gauges(client, redis_url) -> Gauges:
    settings = Settings(redis_url=redis_url)
    return Gauges(client, Ledger(client, settings), Campaigns(client, settings), "tests")


def test_an_idle_fleet_says_zero_for_every_gauge(gauges):
    out = io.StringIO()
    assert gauges.write(out)
    written = lines(out.getvalue())
    assert set(written) == {"scores", "campaigns"}
    for lane, line in written.items():
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Dimensions"]) == ("tests", [["Lane"]])
        assert {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]} == GAUGES[lane]
        assert [line[name] for name in GAUGES[lane]] == [0] * len(GAUGES[lane])


def test_what_waits_is_counted_and_its_age_grows(gauges, client):
    client.zadd(names.READY, {"sc_1": 1_000, "sc_2": 2_000})
    client.zadd(names.LEASES, {"sc_3": 1})
    client.zadd(names.CAMPAIGN_READY, {"ca_1 0": 1_000})
    client.zadd(names.CAMPAIGN_LEASES, {"ca_1 1": 1, "ca_1 2": 1})
    client.zadd(names.WORKERS, {'{"host": "here", "digest": "x"}': 9e15})
    gauges.write(out := io.StringIO())
    scores, campaigns = lines(out.getvalue()).values()
    now_s = scores["_aws"]["Timestamp"] / 1_000
    assert scores["OldestSeconds"] == pytest.approx(now_s - 1, abs=5)
    assert (scores["Backlog"], scores["Workers"], scores["Drift"]) == (3, 1, -3)
    assert campaigns["OldestSeconds"] == pytest.approx(now_s - 1, abs=5)
    assert (campaigns["Backlog"], campaigns["Workers"]) == (3, 0)


def test_of_a_fleet_one_writes_until_its_turn_is_over(gauges, client):
    outs = [io.StringIO() for _ in range(8)]
    threads = [threading.Thread(target=gauges.write, args=(out,)) for out in outs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(out.getvalue().count("\n") for out in outs) == [0] * 7 + [2]
    assert 0 < client.pttl(names.GAUGES) < 60_000
    client.delete(names.GAUGES)
    assert gauges.write(io.StringIO())


def test_without_redis_no_line_claims_that_nothing_waits(folder):
    client = connect(f"unix://{folder}/nobody.sock")
    settings = Settings(redis_url=f"unix://{folder}/nobody.sock")
    gauges = Gauges(client, Ledger(client, settings), Campaigns(client, settings), "tests")
    out = io.StringIO()
    with pytest.raises(LedgerUnavailable):
        gauges.write(out)
    assert out.getvalue() == ""


@pytest.fixture(scope="module")
def gauged(folder, artefact):
    """A service of its own whose API, under its own Redis user, writes gauges."""
    service = make_service(folder / "gauged", artefact, gauges_namespace="tests")
    try:
        service.start()
        yield service
    finally:
        service.stop()


def test_a_running_api_writes_them_into_its_log(gauged):
    log = gauged.logs / "api.log"
    while not (found := [line for line in log.read_text().splitlines() if line.startswith("{")]):
        gauged.check()
        time.sleep(0.05)
    assert set(lines("\n".join(found))) == {"scores", "campaigns"}


def test_the_health_check_is_that_of_this_api(gauged):
    def alive() -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "api.alive"]
        variables = environment(port=gauged.settings.port)
        return subprocess.run(
            command, env=variables, cwd=ROOT, capture_output=True, text=True, check=False
        )

    assert alive().returncode == 0
    (api,) = [process for process in gauged.processes if process.name == "api"]
    api.stop()
    done = alive()
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    gauged.processes.remove(api)
