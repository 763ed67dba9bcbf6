"""The monitor on a real Redis and a real archive: one report in time, each crossing told once."""

import logging
from datetime import UTC, date, datetime

import pytest

from protocol import names
from protocol.monitoring import Reports, Watch
from protocol.outbox import Outbox
from protocol.refused import Refused
from protocol.settings import Settings
from protocol.webhooks import Webhooks
from tests.monitoring.conftest import NAMES, applicants
from worker import event
from worker.campaigns import monitor
from worker.campaigns.monitor import Monitor

TODAY = datetime.now(UTC).date()
INCOME = NAMES.index("income")


@pytest.fixture
def settings(redis_url, bank):
    return Settings(
        redis_url=redis_url, storage_dir=bank.storage, monitor_client="risk", monitor_s=3_600
    )


@pytest.fixture
def reports(bank):
    return Reports(bank.storage)


@pytest.fixture
def look(client, settings):
    """Let a new worker's monitor look, whether a report is due or not."""

    def look(*, due=True, **more):
        if due:
            client.hdel(names.MONITORING, "made_ms")
        given = settings.model_copy(update=more)
        Monitor(Watch(client, given), Refused(client), given).look()

    return look


@pytest.fixture
def told(client, settings):
    """What the webhook of a client is told since it was asked last: type and data."""
    Webhooks(client).create("risk", "https://risk.example/")
    Webhooks(client).create("another", "https://another.example/")
    outbox = Outbox(client, settings)

    def told():
        parcels = outbox.claim(100)
        return [
            (event.kind(one), event._data(one, outbox.address(one)), outbox.address(one).url)
            for one in parcels
        ]

    return told


def drifted(number=300):
    rows, _ = applicants(number, seed=21)
    rows[:, INCOME] *= 0.8
    return rows


def test_a_report_is_made_when_it_is_due_and_once(bank, look, reports, client):
    rows, _ = applicants(100, seed=1)
    bank.decide(rows, TODAY)
    look()
    first = reports.newest()
    assert (first["models"][0]["scored"], first["alarms"]) == (100, [])
    bank.decide(rows, TODAY)
    look(due=False)
    assert reports.newest() == first
    look()
    assert reports.newest()["models"][0]["scored"] == 200
    assert client.exists(names.MONITOR) == 0


def test_while_another_worker_makes_it_none_is_made(look, reports, client, settings):
    other = Watch(client, settings)
    assert other.lease()
    assert other.lease()  # and stays it
    look()
    assert reports.newest() is None
    assert other.settle({}, "stable", crossed=False)
    assert not other.settle({}, "stable", crossed=False)
    assert not Watch(client, settings).lease()  # none is due


def test_a_crossing_is_told_once_and_again_when_it_is_crossed_again(bank, look, told, caplog):
    bank.decide(drifted(), TODAY)
    with caplog.at_level(logging.WARNING):
        look()
    assert "monitoring: moved: " in caplog.text
    assert "field income psi" in caplog.text
    ((kind, data, url),) = told()
    assert (kind, url) == ("monitoring.crossed", "https://risk.example/")
    assert data.pop("id").startswith("mo_")
    assert data == {
        "status": "moved", "reference": None, "links": {"self": "/v1/monitoring"},
    }  # fmt: skip
    look()
    assert told() == []
    look(monitor_psi_watch=3, monitor_psi_moved=4)  # below the limits again
    assert told() == []
    look()
    assert len(told()) == 1


def test_from_watch_to_moved_is_a_crossing_and_back_is_none(bank, look, told):
    bank.decide(drifted(), TODAY)
    look(monitor_psi_moved=4)
    assert [data["status"] for _, data, _ in told()] == ["watch"]
    look()
    assert [data["status"] for _, data, _ in told()] == ["moved"]
    look(monitor_psi_moved=4)
    assert told() == []


def test_nobody_is_told_unless_a_client_is_set(bank, look, told, reports):
    bank.decide(drifted(), TODAY)
    look(monitor_client=None)
    assert reports.newest()["level"] == "moved"
    assert told() == []


def test_a_field_that_is_no_longer_sent_is_flagged_by_its_name(bank, look, told, reports, client):
    rows, _ = applicants(400, seed=1)
    bank.decide(rows, TODAY)
    Refused(client).note(8, [("missing", "income")] * 8 + [("invalid", "fico_score")] * 3)
    look()
    assert reports.newest()["alarms"] == []  # 8 of 408 is a slip, and chance may have made it
    Refused(client).note(30, [("missing", "income")] * 30)
    look()
    found = reports.newest()
    ((_, data, _),) = told()
    assert data["status"] == "moved"
    assert {(one["model"], one["name"], one["rule"]) for one in found["alarms"]} == {
        ("", "income", "missing"),
    }  # fmt: skip
    refused = found["refused"]
    assert (refused["applications"], refused["of"]) == (38, 438)
    assert refused["fields"]["income"]["missing"]["count"] == 38
    assert refused["fields"]["fico_score"]["invalid"]["count"] == 3


class DiedError(Exception):
    """Stands for the end of the process."""


def test_what_a_monitor_that_died_did_not_tell_is_told(
    bank, look, told, reports, client, monkeypatch
):
    def died(*_, **__):
        raise DiedError

    bank.decide(drifted(), TODAY)
    with monkeypatch.context() as patched:
        patched.setattr(Watch, "settle", died)
        with pytest.raises(DiedError):
            look()
    assert reports.newest()["level"] == "moved"
    assert told() == []
    look()
    assert told() == []  # its lease is not over
    client.delete(names.MONITOR)
    look()
    assert len(told()) == 1


def test_one_that_was_overtaken_writes_and_tells_nothing(
    bank, look, told, reports, client, monkeypatch, caplog
):
    bank.decide(drifted(), TODAY)
    made = monitor.report

    def slow(*given):
        found = made(*given)
        client.set(names.MONITOR, "another")
        return found

    monkeypatch.setattr(monitor, "report", slow)
    look()
    assert "another worker makes the report" in caplog.text
    assert (reports.newest(), told()) == (None, [])


def test_an_archive_that_cannot_be_read_is_said_and_tried_again(
    bank, look, reports, client, caplog
):
    rows, _ = applicants(50, seed=1)
    bank.decide(rows, TODAY)
    (file,) = bank.folder.files()
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:-9])
    look()
    assert f"no report of monitoring was made: {file.path}" in caplog.text
    assert reports.newest() is None
    file.path.write_bytes(whole)
    client.delete(names.MONITOR)
    look()
    assert reports.newest()["models"][0]["scored"] == 50


def test_the_newest_day_is_the_report_that_counts(reports, bank):
    days = [date(2026, 9, 30), date(2026, 10, 2), date(2026, 10, 1)]
    for day in days:
        reports.write({"made_at": f"{day}T12:00:00.000Z"})
    reports.write({"made_at": "2026-10-01T13:00:00.000Z"})
    assert reports.newest() == {"made_at": "2026-10-02T12:00:00.000Z"}
    assert len(list((bank.storage / "monitoring").iterdir())) == 3
