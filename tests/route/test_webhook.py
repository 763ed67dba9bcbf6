"""A webhook the whole way: registered over HTTP, tested, delivered, looked up, rotated, deleted."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from loanscore_client import verify
from standardwebhooks import Webhook as Verifier

from local.service import Service
from protocol.application import EXAMPLE
from tests.conftest import caller, make_service
from tests.webhooks.conftest import QUICK, until
from tests.webhooks.receiver import receiver


@pytest.fixture(scope="module")
def own(folder: Path, artefact: Path) -> Iterator[Service]:
    running = make_service(folder / "hooks", artefact, **QUICK)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def test_every_end_of_a_score_or_batch_is_told_once(own):
    with caller(own) as http, receiver() as there:
        made = http.post("/v1/webhooks", json={"url": there.url()}).json()
        item = {"application": EXAMPLE._asdict(), "reference": "LOS-7"}
        score = http.submit(EXAMPLE, reference="LOS-7")
        batch = http.post("/v1/score-batches", json={"items": [item] * 3}).json()["id"]
        came = there.wait(2)
        secret = made["secret"]
        events = [Verifier(secret).verify(one.body, one.headers) for one in came]
        ours = [verify(one.body, one.headers, [secret]) for one in came]
        assert [event.data for event in ours] == [event["data"] for event in events]
        told = {event["data"]["id"]: event for event in events}
        assert told[score]["type"] == "score.succeeded"
        assert told[score]["data"]["reference"] == "LOS-7"
        assert told[score]["timestamp"] == http.poll(score)["finished_at"]
        assert told[batch]["type"] == "score-batch.finished"
        assert http.get(told[batch]["data"]["links"]["self"]).json()["status"] == "succeeded"
        late = http.submit(EXAMPLE)  # had an item of the batch been told, it would come before
        assert json.loads(there.wait(3)[2].body)["data"]["id"] == late
        http.delete(f"/v1/webhooks/{made['id']}")


def test_a_webhook_is_registered_tested_looked_up_rotated_and_deleted(own):
    with caller(own) as http, receiver() as there:
        made = http.post("/v1/webhooks", json={"url": there.url()}).json()
        path = f"/v1/webhooks/{made['id']}"
        ping = http.post(f"{path}/test").json()
        (received,) = there.wait(1)
        event = Verifier(made["secret"]).verify(received.body, received.headers)
        assert event["data"] == {"id": ping["id"], "webhook": made["id"]}
        (entry,) = until(lambda: http.get(ping["links"]["deliveries"]).json()["deliveries"])
        assert (entry["about"], entry["outcome"]) == (ping["id"], "delivered")
        rotated = http.post(f"{path}/rotate").json()
        http.post(f"{path}/test")
        received = there.wait(2)[1]
        for secret in (made["secret"], rotated["secret"]):
            Verifier(secret).verify(received.body, received.headers)
        assert http.delete(path).status_code == 204
        assert http.get("/v1/webhooks").json() == {"webhooks": []}
    own.check()
