"""The outbox on a real Redis: leases, turns and fences."""

import pytest
import redis

from protocol import names, scripts
from protocol.errors import LedgerUnavailable
from protocol.ledger import Ledger, connect
from protocol.outbox import AT_ONCE, LOG_LENGTH, Outbox
from protocol.parcel import Outcome, Result
from protocol.settings import Settings
from protocol.webhooks import MOST, Webhooks
from tests.protocol.test_ledger import new_job, until
from worker.event import kind

RESULT = Result("score.succeeded", 204, None, 3)


@pytest.fixture
def webhooks(client: redis.Redis) -> Webhooks:
    return Webhooks(client)


@pytest.fixture
def outbox(client: redis.Redis) -> Outbox:
    return Outbox(client, Settings(webhook_timeout_s=30))


def hook(webhooks: Webhooks, owner: str = "acme-los") -> str:
    made = webhooks.create(owner, "https://example.com/")
    assert made is not None
    return made[0].id


def fill(client: redis.Redis, webhook: str, count: int, due: int = 1) -> list[str]:
    jobs = [names.new_score_id() for _ in range(count)]
    client.zadd(names.OUTBOX, {f"{job} {webhook}": due + i for i, job in enumerate(jobs)})
    return jobs


def test_a_redis_that_is_away_is_named_and_quotes_nothing(tmp_path):
    away = connect(f"unix://{tmp_path}/nothing.sock")
    with pytest.raises(LedgerUnavailable) as caught:
        Webhooks(away).create("acme-los", "https://example.com/?token=CANARY")
    assert "CANARY" not in str(caught.value)
    with pytest.raises(LedgerUnavailable):
        Outbox(away, Settings()).claim(1)


def test_at_most_two_events_of_one_webhook_are_under_way(client, webhooks, outbox):
    webhook = hook(webhooks)
    jobs = fill(client, webhook, 5)
    first = outbox.claim(8)
    assert [parcel.id for parcel in first] == jobs[:AT_ONCE]
    assert Outbox(client, Settings()).claim(8) == []
    assert outbox.settle(first[1], Outcome.DELIVERED, RESULT)
    assert [parcel.id for parcel in outbox.claim(8)] == jobs[2:3]


def test_a_webhook_with_many_older_events_lets_others_have_their_turn(client, webhooks, outbox):
    crowded, other = hook(webhooks), hook(webhooks)
    fill(client, crowded, 1_500)
    (job,) = fill(client, other, 1, due=10_000)
    seen = [parcel for _ in range(4) for parcel in outbox.claim(8)]
    assert [parcel.id for parcel in seen if parcel.webhook == other] == [job]
    assert len(seen) == AT_ONCE + 1


def test_who_was_served_goes_to_the_end_of_the_line(client, webhooks, outbox):
    crowded, other = hook(webhooks), hook(webhooks)
    fill(client, crowded, 5)
    fill(client, other, 1, due=10_000)
    assert [outbox.claim(1)[0].webhook for _ in range(3)] == [crowded, other, crowded]


def test_a_full_redis_still_lets_events_go(client, webhooks, outbox):
    webhook = hook(webhooks)
    fill(client, webhook, 2)
    outbox.claim(0)  # sorted; now only leases and attempts are written
    client.config_set("maxmemory", 1)
    try:
        for parcel in outbox.claim(8):
            assert outbox.settle(parcel, Outcome.DELIVERED, RESULT)
    finally:
        client.config_set("maxmemory", 0)
    assert [entry["outcome"] for entry in webhooks.deliveries(webhook)] == ["delivered"] * 2


def test_an_event_whose_lease_ended_is_claimed_again_and_its_old_holder_is_fenced_off(
    client, webhooks
):
    brief = Outbox(client, Settings(webhook_timeout_s=0.1))
    webhook = hook(webhooks)
    (job,) = fill(client, webhook, 1)
    (old,) = brief.claim(1)
    assert brief.claim(1) == []
    again: list = []
    until(lambda: bool(again.extend(brief.claim(1)) or again))
    (new,) = again
    assert (new.id, old.attempt, new.attempt) == (job, 1, 2)
    assert not brief.settle(old, Outcome.DELIVERED, RESULT)
    assert webhooks.deliveries(webhook) == []
    assert new.event_id == old.event_id


def test_a_settlement_that_is_sent_twice_is_one(client, webhooks, outbox):
    webhook = hook(webhooks)
    fill(client, webhook, 1)
    (parcel,) = outbox.claim(1)
    assert outbox.settle(parcel, Outcome.RETRYING, RESULT, 0)
    assert not outbox.settle(parcel, Outcome.RETRYING, RESULT, 0)
    (entry,) = webhooks.deliveries(webhook)
    assert (entry["about"], entry["outcome"]) == (parcel.id, "retrying")
    assert [again.attempt for again in outbox.claim(1)] == [2]


def test_an_event_that_comes_twice_is_sent_once_at_a_time(client, webhooks, outbox):
    webhook = hook(webhooks)
    (job,) = fill(client, webhook, 1)
    assert len(outbox.claim(8)) == 1
    client.zadd(names.OUTBOX, {f"{job} {webhook}": 1})
    assert outbox.claim(8) == []


def test_more_than_the_backlog_is_dropped_and_counted(client, webhooks):
    outbox = Outbox(client, Settings(webhook_backlog=3))
    webhook = hook(webhooks)
    fill(client, webhook, 10)
    outbox.claim(0)
    assert client.zcard(names.WEBHOOK_POST + webhook) == 3
    assert webhooks.get("acme-los", webhook).dropped == 7


@pytest.mark.parametrize("member", ["nonsense", "a b c", " ", "", f"sc_1 wh_{'0' * 32}"])
def test_what_is_no_event_or_nobodys_is_thrown_away(client, outbox, member):
    client.zadd(names.OUTBOX, {member: 1})
    assert outbox.claim(8) == []
    assert not client.exists(names.OUTBOX)


def test_an_event_under_way_to_a_webhook_that_is_deleted_ends_quietly(client, webhooks, outbox):
    webhook = hook(webhooks)
    fill(client, webhook, 3)
    (parcel, _) = outbox.claim(8)
    assert webhooks.delete("acme-los", webhook)
    assert outbox.address(parcel) is None
    assert not outbox.settle(parcel, Outcome.RETRYING, RESULT, 0)
    assert outbox.claim(8) == []
    left = [key for key in client.keys("*") if webhook in key]
    assert all(client.pttl(key) > 0 for key in left)
    assert not any(key.startswith(names.WEBHOOK_LOG) for key in left)


def test_the_log_keeps_the_newest_and_perishes(client, webhooks, outbox):
    webhook = hook(webhooks)
    jobs = fill(client, webhook, LOG_LENGTH + 3)
    for _ in jobs:
        (parcel,) = outbox.claim(1)
        outbox.settle(parcel, Outcome.DELIVERED, RESULT)
    log = webhooks.deliveries(webhook)
    assert [entry["about"] for entry in log] == jobs[:2:-1]
    assert 0 < client.pttl(names.WEBHOOK_LOG + webhook) <= 604_800_000


def test_everything_but_the_webhooks_themselves_perishes(client, webhooks, outbox):
    webhook = hook(webhooks)
    webhooks.rotate("acme-los", webhook)
    fill(client, webhook, 5)
    delivered, _ = outbox.claim(8)
    outbox.settle(delivered, Outcome.DELIVERED, RESULT)
    outbox.claim(1)
    kept = {key for key in client.keys("*") if client.pttl(key) == -1}
    assert kept == {names.WEBHOOK + webhook, names.WEBHOOKS_OF + "acme-los"}


def test_an_owner_has_a_few_webhooks_and_no_more(webhooks):
    for _ in range(MOST):
        hook(webhooks)
    assert webhooks.create("acme-los", "https://example.com/") is None
    assert len(webhooks.of("acme-los")) == MOST
    hook(webhooks, "another")
    webhooks.delete("acme-los", webhooks.of("acme-los")[0].id)
    hook(webhooks)


def test_a_foreign_webhook_is_neither_read_nor_changed(webhooks):
    webhook = hook(webhooks)
    assert webhooks.get("another", webhook) is None
    assert webhooks.rotate("another", webhook) is None
    assert not webhooks.delete("another", webhook)
    assert [known.id for known in webhooks.of("acme-los")] == [webhook]
    assert webhooks.of("another") == []


def test_an_old_secret_signs_for_a_day_at_most(client, webhooks, outbox):
    webhook = hook(webhooks)
    newest = webhooks.rotate("acme-los", webhook)
    fill(client, webhook, 1)
    (parcel,) = outbox.claim(1)
    address = outbox.address(parcel)
    assert address.secrets[0] == newest
    assert len(address.secrets) == 2
    assert 0 < client.pttl(names.WEBHOOK_OLD_SECRET + webhook) <= 86_400_000
    client.delete(names.WEBHOOK_OLD_SECRET + webhook)  # as its time to live does
    assert outbox.address(parcel).secrets == [newest]


def test_without_a_postman_the_outbox_ends_and_says_what_it_dropped(client, webhooks, monkeypatch):
    monkeypatch.setattr(scripts, "OUTBOX_LIMIT", 3)
    ledger = Ledger(client, Settings())
    webhook = hook(webhooks)
    for _ in range(5):
        ledger.cancel([ledger.accept([new_job()], "acme-los").id])
    assert client.zcard(names.OUTBOX) == 3
    assert 0 < client.pttl(names.OUTBOX) <= Settings().webhook_give_up_s * 1_000
    assert client.hget(names.WEBHOOK + webhook, "dropped") == "2"


def test_a_campaign_that_is_over_again_is_told_again_as_what_it_is_now(client, webhooks, outbox):
    webhook, campaign = hook(webhooks), names.new_campaign_id()
    seen = []
    for state, finished_ms in (("failed", 7), ("succeeded", 9)):
        fields = {"state": state, "finished_ms": finished_ms, "name": "book-2026"}
        client.hset(names.CAMPAIGN + campaign, mapping=fields)
        client.zadd(names.OUTBOX, {f"{campaign} {webhook}": 1})
        (parcel,) = outbox.claim(1)
        address = outbox.address(parcel)
        assert (address.state, address.reference) == (state, "book-2026")
        assert kind(parcel) == f"campaign.{state}"
        assert outbox.settle(parcel, Outcome.RETRYING, RESULT)
        seen.append(parcel.event_id)
    assert len(set(seen)) == 2
