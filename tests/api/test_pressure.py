"""Submissions are refused before Redis is full, by a sample that costs a request nothing."""

import time

import pytest

from api.pressure import Pressure
from api.problems import Problem
from protocol import names
from protocol.application import EXAMPLE
from protocol.ledger import connect
from tests.conftest import caller, running_service

SUBMISSION = {"application": EXAMPLE._asdict()}


@pytest.fixture
def pressure(client, redis_url):
    with connect(redis_url) as own:
        yield Pressure(own, 0.7)
    client.config_set("maxmemory", 0)
    client.config_set("maxmemory-policy", "noeviction")


def refused(pressure: Pressure) -> bool:
    pressure.sample()
    try:
        pressure.admit()
    except Problem as problem:
        return problem.code == "overloaded"
    return False


def test_without_a_limit_all_is_admitted(pressure):
    pressure.admit()
    assert not refused(pressure)


@pytest.mark.parametrize(("share", "is_refused"), [(0.5, False), (0.9, True), (1.5, True)])
def test_the_share_of_maxmemory_decides(client, pressure, share, is_refused):
    used = int(client.info("memory")["used_memory"])
    client.config_set("maxmemory", int(used / share))
    assert refused(pressure) is is_refused


def test_an_evicting_policy_found_later_is_refused_and_a_mended_one_admitted(client, pressure):
    client.config_set("maxmemory-policy", "allkeys-lru")
    assert refused(pressure)
    client.config_set("maxmemory-policy", "noeviction")
    assert not refused(pressure)


def test_a_redis_that_does_not_answer_keeps_the_last_sample(client, pressure, tmp_path):
    client.config_set("maxmemory-policy", "allkeys-lru")
    assert refused(pressure)
    with connect(f"unix://{tmp_path}/none.sock") as away:
        pressure._client = away
        assert refused(pressure)
    with connect(f"unix://{tmp_path}/none.sock") as away:
        assert not refused(Pressure(away, 0.7))


def test_the_api_answers_overloaded_and_keeps_answering_polls(folder, artefact):
    with running_service(folder / "pressed", artefact) as own, caller(own) as http:
        score_id = http.submit(EXAMPLE)
        with connect(own.redis_url) as operator:
            used = int(operator.info("memory")["used_memory"])
            operator.config_set("maxmemory", int(used / 0.8))
            response = until(http, 503)
            assert response.json()["code"] == "overloaded"
            assert int(response.headers["Retry-After"]) >= 1
            assert http.wait(score_id)["status"] == "succeeded"
            assert http.get(f"/v1/scores/{names.new_score_id()}").status_code == 404
            operator.config_set("maxmemory", 0)
        until(http, 202)


def until(http, status):
    ends = time.monotonic() + 30
    while (response := http.post("/v1/scores", json=SUBMISSION)).status_code != status:
        assert time.monotonic() < ends
        time.sleep(0.05)
    return response
