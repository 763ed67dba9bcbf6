"""Deliveries by a real postman to a real receiver: what goes wrong first."""

import json
import time

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from protocol import names
from tests.webhooks.conftest import OWNER
from tests.webhooks.receiver import answers, drips, drops, floods, hangs, receiver

SLOW_HEADER = b"HTTP/1.1 200 OK\r\nX-Slow: "
SLOW_BODY = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    ("behaviour", "status", "error"),
    [
        (answers(500), 500, None),
        (answers(404), 404, None),
        (answers(302, Location="/elsewhere"), 302, None),
        (answers(307, Location="/elsewhere"), 307, None),
        (hangs, None, "timed-out"),
        (drops, None, "connection-failed"),
        (drips(SLOW_HEADER), None, "timed-out"),
        (lambda handler: handler.wfile.write(b"what?\r\n\r\n"), None, "answer-malformed"),
    ],
    ids=["500", "404", "302", "307", "hangs", "drops", "drips", "no-http"],
)
def test_a_failed_delivery_is_repeated_with_the_same_id(post, behaviour, status, error):
    with receiver(behaviour, answers(204)) as there:
        webhook, secret = post.hook(there.url())
        post.finish(webhook)
        post.start()
        failed, delivered = post.log(webhook, 2)
        first, second = there.received
    assert (failed["outcome"], failed["status"], failed["error"]) == ("retrying", status, error)
    assert (delivered["outcome"], delivered["status"]) == ("delivered", 204)
    assert (failed["attempt"], delivered["attempt"]) == (1, 2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == delivered["event"]
    assert {first.path, second.path} == {"/hook"}  # nobody went elsewhere
    Verifier(secret).verify(second.body, second.headers)


def test_a_slow_answer_is_cut_at_the_timeout_and_a_status_that_came_counts(post, report):
    with receiver(drips(SLOW_BODY)) as there:
        webhook, _ = post.hook(there.url())
        post.finish(webhook)
        post.start()
        (entry,) = post.log(webhook, 1)
    report(f"an answer that drips for ever, timeout 500 ms: let go after {entry['ms']} ms")
    assert (entry["outcome"], entry["status"]) == ("delivered", 200)


def test_a_huge_answer_is_cut(post, report):
    sent: list[int] = []
    with receiver(floods(sent)) as there:
        webhook, _ = post.hook(there.url())
        post.finish(webhook)
        post.start(webhook_timeout_s=10)
        (entry,) = post.log(webhook, 1)
        assert not there.going.is_set()
    report(f"an answer without end: {sent[0]} bytes went before it was cut, {entry['ms']} ms")
    assert entry["outcome"] == "delivered"
    assert entry["ms"] < 10_000  # not by the timeout, but because no more was read


def test_an_event_is_delivered_once_and_says_what_is_due_and_no_more(post):
    with receiver() as there:
        webhook, secret = post.hook(there.url(path="/hook?room=7"))
        job = post.finish(
            webhook, reference="LOS-2026-001", application="[1]", metadata='{"a": "b"}'
        )
        post.start()
        (entry,) = post.log(webhook, 1)
        other = post.finish(webhook)
        post.log(webhook, 2)  # had the first been sent again, it would have come before
    first, second = there.received
    event = Verifier(secret).verify(first.body, first.headers)
    assert event == {
        "type": "score.succeeded",
        "timestamp": event["timestamp"],
        "data": {
            "id": job,
            "status": "succeeded",
            "reference": "LOS-2026-001",
            "links": {"self": f"/v1/scores/{job}"},
        },
    }
    assert event["timestamp"].endswith("Z")
    assert first.path == "/hook?room=7"
    assert first.headers["host"] == f"127.0.0.1:{there.server_port}"
    assert first.headers["content-type"] == "application/json"
    assert json.loads(second.body)["data"]["id"] == other
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert set(entry) == {
        "event", "about", "attempt", "at", "outcome", "type", "status", "error", "ms",
    }  # fmt: skip
    left = {key for key in post.client.keys("*") if "webhook" in key}
    assert left == {
        names.WEBHOOK + webhook, names.WEBHOOKS_OF + OWNER, names.WEBHOOK_LOG + webhook,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "kind", "status"),
    [
        ("failed", "score.failed", "failed"),
        ("dead", "score.failed", "failed"),
        ("cancelled", "score.cancelled", "cancelled"),
        ("expired", "score.expired", "expired"),
    ],
)
def test_every_end_of_a_job_has_its_type(post, state, kind, status):
    with receiver() as there:
        webhook, _ = post.hook(there.url())
        post.finish(webhook, state)
        post.start()
        event = json.loads(there.wait(1)[0].body)
    assert (event["type"], event["data"]["status"]) == (kind, status)


def test_a_batch_is_told_by_its_own_record(post):
    batch = "sb_" + "0" * 44
    with receiver() as there:
        webhook, _ = post.hook(there.url())
        record = {"state": "succeeded", "finished_ms": "1750000000123"}
        post.client.hset(names.BATCH + batch, mapping=record)
        post.tell(batch, webhook)
        post.start()
        event = json.loads(there.wait(1)[0].body)
    assert event["type"] == "score-batch.finished"
    assert event["timestamp"] == "2025-06-15T15:06:40.123Z"
    assert event["data"]["links"] == {"self": f"/v1/score-batches/{batch}"}


def test_a_record_that_is_gone_between_two_attempts_is_told_as_gone(post):
    with receiver(answers(500), answers(204)) as there:
        webhook, _ = post.hook(there.url())
        job = post.finish(webhook, reference="LOS-1")
        post.start(webhook_backoff_s="1")
        there.wait(1)
        post.client.delete(names.JOB + job)
        event = json.loads(there.wait(2)[1].body)
    assert event["type"] == "score.succeeded"
    assert (event["data"]["status"], event["data"]["reference"]) == ("gone", None)


def test_a_record_that_nobody_saw_is_still_told(post):
    with receiver() as there:
        webhook, _ = post.hook(there.url())
        post.tell(names.new_score_id(), webhook)
        post.start()
        assert json.loads(there.wait(1)[0].body)["type"] == "score.gone"


def test_during_a_rotation_both_secrets_verify_and_an_older_one_does_not(post):
    with receiver() as there:
        webhook, first = post.hook(there.url())
        second = post.webhooks.rotate(OWNER, webhook)
        post.start()
        post.finish(webhook)
        there.wait(1)
        third = post.webhooks.rotate(OWNER, webhook)
        post.finish(webhook)
        one, two = there.wait(2)
    for secret in (first, second):
        Verifier(secret).verify(one.body, one.headers)
    for secret in (second, third):
        Verifier(secret).verify(two.body, two.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(first).verify(two.body, two.headers)
    assert len(two.headers["webhook-signature"].split(" ")) == 2


def test_a_receiver_that_says_410_is_sent_nothing_more(post):
    with receiver(answers(410)) as there:
        webhook, _ = post.hook(there.url())
        alive, _ = post.hook(there.url(path="/alive"))
        post.finish(webhook)
        post.start()
        (entry,) = post.log(webhook, 1)
        post.finish(webhook)
        post.finish(alive)
        post.log(alive, 1)
    assert entry["outcome"] == "disabled"
    assert [received.path for received in there.received] == ["/hook", "/alive"]
    assert post.webhooks.get(OWNER, webhook).disabled_ms is not None


def test_an_event_is_given_up_after_its_attempts(post):
    with receiver(answers(500)) as there:
        webhook, _ = post.hook(there.url())
        post.finish(webhook)
        post.start(webhook_max_attempts=3)
        entries = post.log(webhook, 3)
        assert [entry["outcome"] for entry in entries] == ["retrying", "retrying", "given-up"]
        assert len(there.received) == 3
    assert not post.client.exists(names.WEBHOOK_POST + webhook)


def test_an_event_is_given_up_when_it_is_too_old(post):
    with receiver(answers(500)) as there:
        webhook, _ = post.hook(there.url())
        post.finish(webhook)
        post.start(webhook_give_up_s=1, webhook_backoff_s="0.3")
        ends = time.monotonic() + 20
        while (entries := post.webhooks.deliveries(webhook))[:1] == [] or entries[0][
            "outcome"
        ] != "given-up":
            assert time.monotonic() < ends
            time.sleep(0.01)
        assert len(there.received) == len(entries) < 10


def test_a_dead_receiver_delays_nobody_elses_events(post):
    with receiver(hangs) as dead, receiver() as alive:
        slow, _ = post.hook(dead.url())
        quick, _ = post.hook(alive.url())
        for _ in range(50):
            post.finish(slow)
        jobs = {post.finish(quick) for _ in range(50)}
        post.start(webhook_timeout_s=20)
        told = {json.loads(received.body)["data"]["id"] for received in alive.wait(50)}
        assert len(dead.received) <= 2  # under way at once, and they still hang
        assert post.webhooks.deliveries(slow) == []
        dead.going.set()
    assert told == jobs


def test_a_deleted_webhook_is_sent_nothing(post):
    with receiver() as there:
        webhook, _ = post.hook(there.url())
        other, _ = post.hook(there.url(path="/other"))
        post.finish(webhook)
        assert post.webhooks.delete(OWNER, webhook)
        post.finish(other)
        post.start()
        post.log(other, 1)
    assert [received.path for received in there.received] == ["/other"]


def test_a_ping_is_an_event_like_any_other(post):
    with receiver() as there:
        webhook, secret = post.hook(there.url())
        ping = post.webhooks.ping(webhook)
        post.start()
        (received,) = there.wait(1)
    event = Verifier(secret).verify(received.body, received.headers)
    assert event["type"] == "ping"
    assert event["data"] == {"id": ping, "webhook": webhook}


def test_a_proxy_of_the_environment_is_not_used(post):
    with receiver() as proxy, receiver() as there:
        webhook, _ = post.hook(there.url())
        post.finish(webhook)
        post.start({"http_proxy": proxy.url(), "HTTP_PROXY": proxy.url(), "all_proxy": proxy.url()})
        post.log(webhook, 1)
        assert (len(proxy.received), len(there.received)) == (0, 1)


def test_nothing_secret_and_nothing_of_the_caller_is_logged(post):
    with receiver(
        lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n"),
        answers(500),
        drops,
        answers(204),
    ) as there:
        webhook, secret = post.hook(there.url(path="/hook?token=URLCANARY"))
        for _ in range(4):
            post.finish(webhook, reference="REFCANARY", application="[4711.25]")
        post.start()
        post.log(webhook, 4)
        signature = there.received[0].headers["webhook-signature"]
    said = post.written() + json.dumps(post.webhooks.deliveries(webhook))
    assert webhook in said
    for canary in (secret, secret[6:], signature[3:], "URLCANARY", "REFCANARY", "4711.25"):
        assert canary not in said
