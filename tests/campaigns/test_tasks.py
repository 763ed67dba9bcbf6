"""The campaigns' task: who takes a step wakes the others."""

from protocol import names
from protocol.campaigns import PLAN, Campaigns, Counts
from protocol.settings import Settings
from worker.campaigns.tasks import work


class Settled:
    """Settles what it is handed without scoring; a plan has three chunks."""

    def __init__(self, campaigns):
        self.campaigns = campaigns

    def take(self, held):
        if held.step == PLAN:
            return self.campaigns.settle_plan(held, 3, {"rows": 3})
        if held.step.isdigit():
            return self.campaigns.settle_chunk(held, Counts(1, 0))
        return self.campaigns.settle_files(held)


def test_whoever_settles_a_step_while_others_wait_rings_and_the_last_does_not(client, redis_url):
    campaigns = Campaigns(client, Settings(redis_url=redis_url))
    campaign = names.new_campaign_id()
    campaigns.create(campaign, "tests", {"bytes": 1})
    rung = []

    def ring():
        rung.append(campaigns.read(campaign)["done"])

    assert work(campaigns, Settled(campaigns), renew_s=1, ring_once=ring) is False
    assert rung == ["0", "1", "2", "3"]  # the plan, two chunks, and the third for the files
    assert campaigns.read(campaign)["state"] == "succeeded"
