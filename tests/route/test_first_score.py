"""The whole way: HTTP -> Redis -> Celery worker -> poll, with every part real."""

import re

from protocol.application import EXAMPLE
from protocol.artefact import read_manifest
from protocol.names import SCORE_ID


def test_an_application_is_accepted_scored_and_polled(http, artefact):
    response = http.post("/v1/scores", json={"application": EXAMPLE._asdict()})
    assert response.status_code == 202
    assert int(response.headers["Retry-After"]) >= 1
    accepted = response.json()
    assert SCORE_ID.fullmatch(accepted["id"])
    assert response.headers["Location"] == accepted["links"]["self"]
    assert response.headers["Location"] == f"/v1/scores/{accepted['id']}"

    score = http.wait(accepted["id"])
    manifest = read_manifest(artefact)
    assert score["status"] == "succeeded"
    assert 0 <= score["result"]["pd"] <= 1
    assert score["model"] == {
        "name": manifest.name,
        "version": manifest.version,
        "digest": manifest.digest,
    }
    assert score["error"] is None
    assert score["created_at"] <= score["finished_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", score["created_at"])


def test_reference_and_metadata_come_back_untouched(http):
    own = {"reference": "LOS-2026/001", "metadata": {"branch": "Lyon é ü", "empty": ""}}
    score = http.wait(http.submit(EXAMPLE, **own))
    assert {"reference": score["reference"], "metadata": score["metadata"]} == own


def test_the_same_application_twice_is_two_scores_with_one_pd(http):
    first, second = (http.wait(http.submit(EXAMPLE)) for _ in range(2))
    assert first["id"] < second["id"]
    assert first["result"] == second["result"]


def test_the_service_says_that_it_is_ready_and_with_which_model(http, artefact):
    ready = http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ok",
        "redis": "ok",
        "durability": "aof-always",
        "workers": 1,
        "campaign_workers": 0,
        "models": [read_manifest(artefact).digest],
    }
    assert http.get("/livez").json() == {"status": "ok"}
