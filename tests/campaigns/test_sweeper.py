"""What is over is removed, and so is what was never accepted; nothing else."""

import os
import time

import pytest

from protocol import names
from protocol.campaigns import Campaigns
from protocol.folder import CampaignFolder
from protocol.settings import Settings
from worker.campaigns.sweeper import Sweeper


@pytest.fixture
def settings(redis_url, tmp_path):
    return Settings(redis_url=redis_url, storage_dir=tmp_path, campaign_ttl_s=100)


@pytest.fixture
def campaigns(client, settings):
    return Campaigns(client, settings)


@pytest.fixture
def sweep(campaigns, settings):
    return Sweeper(campaigns, lambda: "{}", settings, lambda: None).sweep


@pytest.fixture
def stored(settings):
    """Make a campaign's folder that was last changed some seconds ago."""

    def store(age_s):
        folder = CampaignFolder.of(settings.storage_folder, names.new_campaign_id())
        folder.path.mkdir(parents=True)
        folder.portfolio.write_bytes(b"rows")
        os.utime(folder.path, (time.time() - age_s,) * 2)
        return folder

    return store


def test_an_old_folder_without_a_record_is_removed_and_a_young_one_is_not(sweep, stored):
    old, young = stored(200), stored(50)
    sweep()
    assert not old.path.exists()
    assert young.portfolio.exists()


def test_a_folder_with_a_record_stays_however_old_it_is(sweep, stored, campaigns):
    old = stored(200)
    campaigns.create(old.path.name, "tests", {"options": "{}"})
    sweep()
    assert old.portfolio.exists()


def test_what_is_no_campaigns_folder_is_left_alone(sweep, stored, settings):
    other = settings.storage_folder / "campaigns" / "notes"
    other.mkdir(parents=True)
    os.utime(other, (0, 0))
    sweep()
    assert other.exists()


def test_an_erased_campaigns_folder_goes_with_the_next_round(sweep, stored, campaigns):
    folder = stored(0)
    campaigns.create(folder.path.name, "tests", {"options": "{}"})
    campaigns.erase(folder.path.name)
    sweep()
    assert not folder.path.exists()
    assert campaigns.sweep("{}").gone == ()
