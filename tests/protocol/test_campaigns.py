"""The campaign ledger on a real Redis: failures first."""

import time

import pytest

from protocol import names
from protocol.campaigns import FILES, PLAN, Campaigns, Counts
from protocol.ledger import Gone, Happened, Idempotency
from protocol.settings import Settings

PROBLEM = '{"code": "disk-full", "detail": "No space is left."}'


@pytest.fixture
def campaigns(client, redis_url):
    settings = Settings(redis_url=redis_url, lease_s=0.5, max_attempts=2, campaign_limit=3)
    return Campaigns(client, settings)


def create(campaigns, owner="tests", **more):
    return campaigns.create(names.new_campaign_id(), owner, {"options": "{}"}, **more).id


def planned(campaigns, chunks=3):
    """A campaign whose plan is settled."""
    campaign = create(campaigns)
    campaigns.settle_plan(claim(campaigns), chunks, {"digest": "sha256:00"})
    return campaign


def claim(campaigns):
    return campaigns.claim(stay_awake=True)


def work(campaigns):
    """Do all that waits, as a worker without faults would."""
    done = []
    while held := claim(campaigns):
        done.append(held.step)
        if held.step == PLAN:
            campaigns.settle_plan(held, 3, {"digest": "sha256:00"})
        elif held.step == FILES:
            campaigns.settle_files(held)
        else:
            campaigns.settle_chunk(held, Counts(9, 1))
    return done


def state(campaigns, campaign):
    return campaigns.read(campaign)["state"]


def let_leases_end(campaigns):
    time.sleep(0.6)
    return campaigns.sweep("{}")


def test_an_unknown_campaign_is_none(campaigns):
    unknown = names.new_campaign_id()
    assert campaigns.read(unknown) is None
    assert campaigns.turn(unknown, "cancel") is None
    assert campaigns.claim(stay_awake=False) is None


def test_a_campaign_goes_from_plan_to_chunks_to_files_and_its_totals_add_up(campaigns):
    campaign = create(campaigns)
    assert state(campaigns, campaign) == "queued"
    assert work(campaigns) == [PLAN, "0", "1", "2", FILES]
    record = campaigns.read(campaign)
    assert record["state"] == "succeeded"
    assert [record[name] for name in ("scored", "invalid")] == ["27", "3"]
    assert record["digest"] == "sha256:00"


def test_a_create_that_is_sent_twice_is_one_campaign(campaigns):
    campaign = names.new_campaign_id()
    for _ in range(2):
        assert campaigns.create(campaign, "tests", {}).id == campaign
    assert [one.id for one in campaigns.listed("tests", 10)] == [campaign]
    assert work(campaigns).count(PLAN) == 1


def test_an_idempotency_key_gives_the_same_campaign_and_refuses_another_body(campaigns):
    first = create(campaigns, idempotency=Idempotency("/v1/campaigns\nk", "a"))
    again = campaigns.create(
        names.new_campaign_id(), "tests", {}, Idempotency("/v1/campaigns\nk", "a")
    )
    other = campaigns.create(
        names.new_campaign_id(), "tests", {}, Idempotency("/v1/campaigns\nk", "b")
    )
    assert (again.happened, again.id) == (Happened.REPLAYED, first)
    assert other.happened == Happened.REUSED


def test_no_more_than_the_limit_are_open_and_a_final_one_makes_room(campaigns):
    opened = [create(campaigns) for _ in range(3)]
    refused = campaigns.create(names.new_campaign_id(), "tests", {})
    assert refused.happened == Happened.OVERLOADED
    campaigns.turn(opened[0], "cancel")
    assert create(campaigns)


def test_a_chunk_whose_worker_died_is_taken_up_again_and_counted_once(campaigns):
    campaign = planned(campaigns)
    dead = claim(campaigns)
    swept = let_leases_end(campaigns)
    assert (swept.returned, swept.dead) == (1, 0)
    work(campaigns)
    campaigns.settle_chunk(dead, Counts(10, 0))  # it was only paused, and wakes up
    record = campaigns.read(campaign)
    assert (record["state"], record["done"], record["scored"]) == ("succeeded", "3", "27")


def test_what_a_step_has_found_is_noted_only_while_it_is_held_and_wanted(campaigns):
    campaign = create(campaigns)
    held = claim(campaigns)
    assert campaigns.renew(held, {"bytes": 7})
    assert not campaigns.renew(held._replace(token="another"), {"bytes": 8})
    campaigns.turn(campaign, "cancel")
    assert not campaigns.renew(held, {"bytes": 9})
    assert campaigns.read(campaign)["bytes"] == "7"


def test_a_lease_that_is_renewed_does_not_end(campaigns):
    planned(campaigns)
    held = claim(campaigns)
    for _ in range(4):
        time.sleep(0.2)
        assert campaigns.renew(held)
        assert campaigns.sweep("{}").returned == 0


def test_a_chunk_that_kills_its_workers_is_given_up_and_the_others_are_scored(campaigns):
    campaign = planned(campaigns)
    poison = claim(campaigns)
    let_leases_end(campaigns)
    for _ in range(2):
        campaigns.settle_chunk(claim(campaigns), Counts(9, 1))
    assert claim(campaigns).step == poison.step
    assert let_leases_end(campaigns).dead == 1
    assert work(campaigns) == [FILES]
    record = campaigns.read(campaign)
    assert record["state"] == "failed"
    assert "chunks-given-up" in record["error"]
    assert record["scored"] == "18"
    assert campaigns.turn(campaign, "resume") == ("running", False)  # nobody fell asleep
    assert work(campaigns) == [poison.step, FILES]
    assert state(campaigns, campaign) == "succeeded"
    assert "error" not in campaigns.read(campaign)


def test_a_plan_that_kills_its_workers_fails_the_campaign(campaigns):
    campaign = create(campaigns)
    for _ in range(2):
        assert claim(campaigns).step == PLAN
        let_leases_end(campaigns)
    assert state(campaigns, campaign) == "failed"
    assert work(campaigns) == [FILES]
    assert "attempts-exhausted" in campaigns.read(campaign)["error"]


def test_a_paused_campaign_hands_out_nothing_and_goes_on_where_it_was(campaigns):
    campaign = planned(campaigns)
    held = claim(campaigns)
    assert campaigns.turn(campaign, "pause") == ("paused", False)
    assert claim(campaigns) is None
    assert campaigns.renew(held)
    campaigns.settle_chunk(held, Counts(10, 0))
    assert campaigns.read(campaign)["done"] == "1"
    campaigns.turn(campaign, "resume")
    assert work(campaigns) == ["1", "2", FILES]


def test_a_campaign_paused_during_its_last_chunk_gets_its_files_when_it_is_resumed(campaigns):
    campaign = planned(campaigns, chunks=1)
    held = claim(campaigns)
    campaigns.turn(campaign, "pause")
    campaigns.settle_chunk(held, Counts(1, 0))
    assert claim(campaigns) is None
    campaigns.turn(campaign, "resume")
    assert work(campaigns) == [FILES]
    assert state(campaigns, campaign) == "succeeded"


def test_a_campaign_paused_while_it_is_planned_waits_with_its_chunks(campaigns):
    campaign = create(campaigns)
    held = claim(campaigns)
    campaigns.turn(campaign, "pause")
    campaigns.settle_plan(held, 2, {"digest": "sha256:00"})
    assert state(campaigns, campaign) == "paused"
    assert claim(campaigns) is None
    campaigns.turn(campaign, "resume")
    assert sorted(work(campaigns)) == ["0", "1", FILES]


def test_a_cancelled_campaign_is_final_at_once_and_its_files_say_what_was_done(campaigns):
    campaign = planned(campaigns)
    held = claim(campaigns)
    assert campaigns.turn(campaign, "cancel")[0] == "cancelled"
    assert not campaigns.renew(held)
    campaigns.settle_chunk(held, Counts(10, 0))
    assert campaigns.read(campaign)["done"] == "0"
    assert work(campaigns) == [FILES]
    assert (state(campaigns, campaign), campaigns.read(campaign)["filed"]) == ("cancelled", "1")
    assert campaigns.turn(campaign, "resume") == ("cancelled", False)
    assert campaigns.turn(campaign, "pause") == ("cancelled", False)


def test_a_fault_fails_the_campaign_and_a_resume_does_only_what_is_left(campaigns):
    campaign = planned(campaigns)
    campaigns.settle_chunk(claim(campaigns), Counts(10, 0))
    campaigns.fail(claim(campaigns), PROBLEM)
    assert campaigns.read(campaign)["error"] == PROBLEM
    campaigns.fail(claim(campaigns), PROBLEM)  # nor is there room for its files
    assert campaigns.read(campaign)["files_error"] == PROBLEM
    assert claim(campaigns) is None
    campaigns.turn(campaign, "resume")
    assert sorted(work(campaigns)) == ["1", "2", FILES]
    assert state(campaigns, campaign) == "succeeded"


def test_files_that_cannot_be_written_fail_the_campaign(campaigns):
    campaign = planned(campaigns, chunks=1)
    campaigns.settle_chunk(claim(campaigns), Counts(1, 0))
    campaigns.fail(claim(campaigns), PROBLEM)
    record = campaigns.read(campaign)
    # Who waits for the files must learn that there will be none.
    assert (record["state"], record["error"], record["files_error"]) == ("failed", PROBLEM, PROBLEM)
    campaigns.turn(campaign, "resume")
    assert work(campaigns) == [FILES]
    assert not {"error", "files_error"} & campaigns.read(campaign).keys()


def test_files_that_kill_their_workers_fail_the_campaign(campaigns):
    campaign = planned(campaigns, chunks=1)
    campaigns.settle_chunk(claim(campaigns), Counts(1, 0))
    for _ in range(2):
        assert claim(campaigns).step == FILES
        let_leases_end(campaigns)
    record = campaigns.read(campaign)
    assert record["state"] == "failed"
    assert "attempts-exhausted" in record["error"] == record["files_error"]


def test_one_whose_time_is_up_is_gone_and_its_folder_is_named_until_it_is_removed(
    client, redis_url
):
    short = Campaigns(client, Settings(redis_url=redis_url, campaign_ttl_s=1))
    campaign = create(short)
    time.sleep(1.1)
    assert short.read(campaign) == Gone("tests")
    assert short.sweep("{}").gone == (campaign,)
    assert claim(short) is None
    short.forget(campaign)
    assert short.sweep("{}").gone == ()
    assert client.scard(names.CAMPAIGNS_OPEN) == 0


def test_an_erased_campaign_is_gone_at_once_and_its_folder_is_named(campaigns):
    campaign = planned(campaigns)
    held = claim(campaigns)
    for _ in range(2):
        campaigns.erase(campaign)
    assert campaigns.read(campaign) == Gone("tests")
    assert campaigns.listed("tests", 10) == []
    assert claim(campaigns) is None
    assert not campaigns.renew(held)
    campaigns.settle_chunk(held, Counts(10, 0))
    swept = campaigns.sweep("{}")
    assert (swept.gone, swept.returned) == ((campaign,), 0)
    assert campaigns.read(campaign) == Gone("tests")


def test_what_is_erased_makes_room_and_what_never_was_is_not_erased(campaigns):
    opened = [create(campaigns) for _ in range(3)]
    campaigns.erase(opened[0])
    assert create(campaigns)
    unknown = names.new_campaign_id()
    campaigns.erase(unknown)
    assert campaigns.read(unknown) is None


def test_the_time_it_was_worked_on_leaves_pauses_out(campaigns):
    campaign = create(campaigns)

    def worked_ms():
        return int(campaigns.read(campaign)["worked_ms"])

    held = claim(campaigns)
    time.sleep(0.1)
    assert worked_ms() == 0  # no chunk waits yet
    campaigns.settle_plan(held, 3, {})
    time.sleep(0.1)
    assert worked_ms() >= 100
    campaigns.turn(campaign, "pause")
    paused = worked_ms()
    time.sleep(0.1)
    assert worked_ms() == paused
    campaigns.turn(campaign, "resume")
    time.sleep(0.1)
    work(campaigns)
    final = worked_ms()
    assert final >= paused + 100
    time.sleep(0.1)
    assert worked_ms() == final


def test_a_list_goes_on_where_the_last_one_ended(campaigns):
    made = {create(campaigns) for _ in range(3)}
    create_other = campaigns.create(names.new_campaign_id(), "another", {})
    first = campaigns.listed("tests", 2)
    rest = campaigns.listed("tests", 2, after=first[-1])
    assert {one.id for one in (*first, *rest)} == made
    assert create_other.id not in made


def test_who_finds_nothing_falls_asleep_and_the_next_create_rings(campaigns):
    assert campaigns.claim(stay_awake=False) is None
    assert campaigns.create(names.new_campaign_id(), "tests", {}).ring
    assert not campaigns.create(names.new_campaign_id(), "tests", {}).ring
    assert campaigns.claim(stay_awake=False)
    assert campaigns.sweep("{}").ring


def test_every_key_but_the_lists_of_what_waits_has_a_time_to_live(campaigns, client):
    planned(campaigns)
    claim(campaigns)
    endless = {
        names.CAMPAIGNS,
        names.CAMPAIGNS_OPEN,
        names.CAMPAIGN_READY,
        names.CAMPAIGN_LEASES,
        names.KEYS,
    }
    assert {key for key in client.keys("*") if client.ttl(key) < 0} <= endless
