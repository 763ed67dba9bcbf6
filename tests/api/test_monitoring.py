"""The report of monitoring as the API serves it, from the storage folder alone."""

import pytest
from jsonschema import Draft202012Validator

from api.openapi import document
from protocol.key import SCOPES
from protocol.keystore import KeyStore
from protocol.monitoring import Reports

CONTRACT = document()
PATH, PICTURE = "/v1/monitoring", "/v1/monitoring.svg"
STABLE = {"p_value": 0.5, "level": "stable"}
RATE = {"count": 1, "of": 10, "share": 0.1, "interval": [0.02, 0.4], **STABLE}
NOTHING = {"count": 0, "of": 0, "share": None, "interval": None, "p_value": None,
           "level": "too-few"}  # fmt: skip
COUNTED = {
    "edges": [0.0, 0.5, 1_234_567.5], "below": 0, "counts": [5, 5], "above": 0,
    "trained": [400, 400], "psi": 0.01, "values": 10, "psi_by_chance": 0.1, "bins": 2, **STABLE,
}  # fmt: skip
EMPTY = COUNTED | {"counts": [0, 0], "psi": None, "values": 0, "psi_by_chance": None, "bins": 0,
                   "p_value": None, "level": "too-few"}  # fmt: skip
GROUP = {
    "scores": 40, "defaults": 2, "expected": 1.5, "share": 0.05, "expected_share": 0.0375,
    "interval": [0.01, 0.16], **STABLE,
}  # fmt: skip
FIGURES = {"auc": 0.9, "brier": 0.1, "log_loss": 0.3}


def field(counted, rate):
    constant = {"value": None, "share": 0.0, **STABLE}
    both = {"missing": rate, "out_of_range": rate}
    return counted | {"constant": constant} | both


def model(digit, counted, rate, outcomes):
    return {
        "name": "m",
        "version": digit,
        "digest": "sha256:" + digit * 64,
        "scored": counted["values"],
        "erased": 0,
        "score": counted,
        "fields": {"income": field(counted, rate), "f" * 60: field(counted, rate)},
        "outcomes": outcomes,
    }


def measured():
    whole = {name: value for name, value in GROUP.items() if name != "level"}
    groups = {"grades": {"A": GROUP}, "vintages": {"2026-03": GROUP}}
    return whole | FIGURES | {"auc_interval": [0.8, 1.0], "trained": FIGURES} | groups


REPORT = {
    "made_at": "2026-07-01T12:00:00.000Z",
    "archive": {"seq": 10, "link": "0" * 64},
    "window": {"from": "2026-06-02", "to": "2026-07-01"},
    "thresholds": {
        "psi": {"watch": 0.1, "moved": 0.25},
        "share": {"watch": 0.01, "moved": 0.05},
        "false_alarms": {"rate": 0.01, "tests": 4, "each": 0.0025},
    },
    "level": "watch",
    "alarms": [
        {"model": "sha256:" + "1" * 64, "about": "field", "name": "income", "rule": "psi",
         "level": "watch", "value": 0.2, "p_value": 1e-9}
    ],
    "models": [
        model("1", COUNTED, RATE, measured()),
        model("2", EMPTY, NOTHING, None),
    ],
    "refused": {
        "applications": 3, "of": 13,
        "fields": {"income": {"missing": RATE, "invalid": RATE}},
    },
    "not_kept": {"sha256:" + "3" * 64: 4},
    "outcomes": {
        "window": {"from": "2024-07-02", "to": "2026-07-01"},
        "received": 40, "unmatched": 1, "erased": 0,
    },
}  # fmt: skip


@pytest.fixture
def ask(client, redis_url, make_app, tmp_path):
    key = KeyStore(client).create("acme-los", SCOPES).secret
    caller = make_app(redis_url, storage_dir=tmp_path).test_client()
    return lambda path: caller.get(path, headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def written(tmp_path):
    Reports(tmp_path).write(REPORT)


def check(answer, path):
    """The answer is one the contract has."""
    given = CONTRACT["paths"][path]["get"]["responses"][str(answer.status_code)]
    schema = given["content"][answer.mimetype]["schema"]
    value = answer.json if answer.is_json else answer.text
    Draft202012Validator(schema | {"components": CONTRACT["components"]}).validate(value)
    assert set(given["headers"]) <= set(answer.headers.keys())


@pytest.mark.parametrize("path", [PATH, PICTURE])
def test_before_the_first_report_there_is_none(ask, path):
    answer = ask(path)
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    check(answer, path)


@pytest.mark.usefixtures("written")
def test_the_newest_report_is_served_as_it_is(ask):
    answer = ask(PATH)
    assert answer.json == REPORT
    check(answer, PATH)


@pytest.mark.usefixtures("written")
def test_each_model_has_a_picture(ask):
    first = ask(PICTURE)
    check(first, PICTURE)
    assert first.status_code == 200
    assert ask(f"{PICTURE}?model=sha256:{'1' * 64}").data == first.data
    assert "income: 1 of 10, 10.00% (2.00% to 40.00%), stable" in first.text
    assert "A: 2 of 40, 5.00% (1.00% to 16.00%), 3.75% expected, stable" in first.text
    second = ask(f"{PICTURE}?model=sha256:{'2' * 64}")
    assert second.status_code == 200
    assert "There is no decision." in second.text
    assert "Calibration" not in second.text
    assert ask(f"{PICTURE}?model=sha256:{'9' * 64}").status_code == 404


@pytest.mark.parametrize("path", [PATH, PICTURE])
@pytest.mark.parametrize("found", [b"", b"{"])
@pytest.mark.usefixtures("written")
def test_a_storage_that_cannot_be_read_is_a_503(ask, tmp_path, path, found):
    (file,) = (tmp_path / "monitoring").iterdir()
    file.write_bytes(found)
    answer = ask(path)
    assert (answer.status_code, answer.json["code"]) == (503, "storage-unavailable")
    check(answer, path)
