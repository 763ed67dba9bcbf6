"""Outcomes and monitoring the whole way: scored over HTTP, archived, observed, and reported on."""

import json
import subprocess
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from loanscore_client import Client as LoanscoreClient
from loanscore_client import verify as verify_event

from local import key
from monitoring.levels import Thresholds
from monitoring.report import Window, report
from protocol import names
from protocol.application import FIELDS
from protocol.kept import Kept
from protocol.keystore import KeyStore
from protocol.ledger import connect
from protocol.refused import Refused
from records.chain import verify
from records.folder import Folder
from tests.client import Client
from tests.conftest import ROOT, caller, environment, make_service, working
from tests.monitoring.conftest import alarms
from tests.webhooks.conftest import QUICK
from tests.webhooks.receiver import receiver
from training import generator

NAMES = [field.name for field in FIELDS]
#: Applicants of the window.
SCORED = 1_000


@pytest.fixture(scope="module")
def bank(folder, look_alike_model):
    """A service that archives and reports quickly, whose model learned from look-alike loans."""
    running = make_service(
        folder / "observed",
        look_alike_model,
        archive_s=0.1,
        sweep_s=0.2,
        monitor_s=2,
        monitor_client=key.CLIENT,
        **QUICK,
    )
    with working(running):
        (running.settings.state_dir / "venv").symlink_to((ROOT / "var" / "venv").resolve())
        yield running


@pytest.fixture(scope="module")
def http(bank):
    with caller(bank) as client:
        yield client


def until(condition):
    ends = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < ends
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def scored(http):
    """Applicants whose income is stated a fifth too low: their ids, and whether they default."""
    loans = generator.look_alike(SCORED, seed=77)
    loans["income"] *= 0.8
    items = [{"application": one} for one in json.loads(loans[NAMES].to_json(orient="records"))]
    answer = http.post("/v1/score-batches", json={"items": items})
    assert answer.status_code == 202, answer.text
    path = answer.json()["links"]["self"]
    done = until(lambda: (found := http.get(path).json())["status"] == "succeeded" and found)
    return [item["id"] for item in done["items"]], loans["default"].to_numpy(dtype=bool)


def loanscore(bank, *arguments, text=None):
    """Run ./loanscore; gives exit code, stdout and stderr."""
    done = subprocess.run(
        [ROOT / "loanscore", *map(str, arguments)],
        env=environment(
            state_dir=bank.settings.state_dir.resolve(),
            url=bank.url,
            api_key=key.read(bank.settings),
        ),
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


def monitored(bank):
    """Report on the last days, as the command does."""
    settings, now = bank.settings, datetime.now(UTC)
    folder, kept = Folder(settings.records_folder), Kept(settings.storage_folder)
    window = Window.until(now.date(), settings)
    with connect(bank.redis_url) as client:
        refusals = Refused(client).between(window.first, window.last)
    found = report(folder, kept, window, Thresholds.of(settings), now, refusals=refusals)
    return json.loads(json.dumps(found))


def today():
    return time.strftime("%Y-%m-%d", time.gmtime())


def test_outcomes_of_a_file_are_archived_and_the_model_is_measured_by_them(
    bank, scored, tmp_path, record_property
):
    ids, defaults = scored
    before = until(lambda: (found := monitored(bank))["models"] and found)
    while before["models"][0]["scored"] < SCORED:
        before = monitored(bank)
    assert before["models"][0]["outcomes"] is None
    moved = alarms(before)
    assert ("field", "income", "psi", "moved") in moved
    assert {name for about, name, *_ in moved if about == "field"} == {"income"}

    lines = [f"{one},{int(bad)},{today()}" for one, bad in zip(ids, defaults, strict=True)]
    lines[4] = f"{ids[4]},perhaps,{today()}"
    lines[7] = f"sc_17,1,{today()}"
    lines[9] = f"{ids[9]},1,31/12/2026"
    lines[20] = f"{ids[20]},0,2999-01-01"  # only the service knows what day it is
    stray = ids[0][:-6] + "abcdef"
    path = tmp_path / "outcomes.csv"
    path.write_text("\n".join(["id,defaulted,observed_on", *lines, f"{stray},1,{today()}"]) + "\n")
    code, out, err = loanscore(bank, "outcomes", "send", path)
    assert code == 1
    assert out == f"{SCORED + 1:,} lines: {SCORED - 3:,} recorded, 0 on record already, 4 bad\n"
    for said in ("line 6, defaulted:", "line 9, id:", "line 11, observed_on:"):
        assert f"{path}: {said}" in err
    assert "line 22, observed_on: Nobody has observed that yet." in err
    again = loanscore(bank, "outcomes", "send", path)[1]
    assert again == f"{SCORED + 1:,} lines: 0 recorded, {SCORED - 3:,} on record already, 4 bad\n"

    found = until(
        lambda: (found := monitored(bank))["outcomes"]["received"] == SCORED - 3 and found
    )
    assert (found["outcomes"]["unmatched"], found["outcomes"]["erased"]) == (1, 0)
    after = found["models"][0]["outcomes"]
    kept = np.delete(defaults, [4, 7, 9, 20])
    assert (after["scores"], after["defaults"]) == (SCORED - 4, kept.sum())
    assert after["auc"] > 0.9
    assert list(after["vintages"]) == [today()[:7]]
    assert loanscore(bank, "monitor", "--unmatched") == (0, f"{stray}\n", "")
    verified = verify(Folder(bank.settings.records_folder))
    assert verified.records == SCORED + SCORED - 3  # one chain
    code, page, err = loanscore(bank, "monitor", "--fail")
    assert (code, err) == (1, f"loanscore: alarms: {len(found['alarms'])}\n")
    assert f"{after['scores']:,} with an outcome" in page
    code, shown, _ = loanscore(bank, "monitor", "--json")
    assert (code, json.loads(shown) | {"made_at": ""}) == (0, found | {"made_at": ""})
    record_property("measured", f"through the service: {sorted(alarms(found))}")


def test_the_service_reports_by_itself_and_tells_who_asked_to_be_told(bank, http, scored):
    """The level was crossed before anybody could be told: the next crossing is."""
    until(lambda: http.get("/v1/monitoring").status_code == 200)
    until(lambda: http.get("/v1/monitoring").json()["level"] == "moved")
    answer = http.get("/v1/monitoring.svg")
    assert (answer.status_code, answer.headers["Content-Type"][:13]) == (200, "image/svg+xml")
    assert "income" in answer.text
    with receiver() as there:
        made = http.post("/v1/webhooks", json={"url": there.url()}).json()
        with connect(bank.redis_url) as operator:
            operator.hdel(names.MONITORING, "levels")
        (came,) = there.wait(1)
        told = verify_event(came.body, came.headers, [made["secret"]])
        assert (told.type, told.data["status"]) == ("monitoring.crossed", "moved")
        assert told.data["links"]["self"] == "/v1/monitoring"
        with LoanscoreClient(bank.url, key.read(bank.settings)) as client:
            report = client.monitoring()
        assert ("field", "income", "psi", "moved") in alarms(report)
        http.delete(f"/v1/webhooks/{made['id']}")


def test_outcomes_of_ndjson_on_standard_input(bank, scored):
    ids, _ = scored
    lines = [
        json.dumps({"id": ids[30], "defaulted": True, "observed_on": today(), "branch": 14}),
        "not JSON",
        "",
        json.dumps([1]),
        json.dumps({"id": ids[31], "observed_on": today()}),
    ]
    code, out, err = loanscore(
        bank, "outcomes", "send", "-", "--format", "ndjson", "--json", text="\n".join(lines)
    )
    assert (code, json.loads(out)["bad"], json.loads(out)["lines"]) == (1, 3, 4)
    for said in ("line 2: is no JSON", "line 4: is no JSON object", "line 5, defaulted:"):
        assert said in err


def test_the_columns_of_a_bank_and_a_limit_of_its_key(bank, scored, tmp_path):
    ids, _ = scored
    path = tmp_path / "bank.csv"
    rows = "".join(f"{today()};x;{one};true\n" for one in ids[40:45])
    path.write_text("\ufeffseen;note;loan;bad\n" + rows)
    named = [part for pair in ("id=loan", "defaulted=bad", "observed_on=seen")
             for part in ("--column", pair)]  # fmt: skip
    code, out, err = loanscore(
        bank, "outcomes", "send", path, "--delimiter", ";", "--at-once", "2", *named
    )
    assert (code, err) == (0, "")
    assert out.startswith("5 lines: ")
    code, _, err = loanscore(bank, "outcomes", "send", path)
    assert code == 1
    assert "the header line has no defaulted, id, observed_on" in err


def test_nobody_says_what_became_of_anothers_loan(bank, scored):
    ids, _ = scored
    with connect(bank.redis_url) as operator:
        made = KeyStore(operator).create("another-bank", ["outcomes:write"])
    item = {"id": ids[0], "defaulted": True, "observed_on": today()}
    with Client(bank.url, made.secret) as stranger:
        body = {"items": [item]}
        until(lambda: stranger.post("/v1/outcomes", json=body).status_code != 401)
        answer = stranger.post("/v1/outcomes", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-outcome")
    fault = answer.json()["errors"][0]
    assert (fault["pointer"], fault["code"]) == ("/items/0/id", "not-found")
