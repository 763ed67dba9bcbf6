"""A step that cannot be done fails its campaign with the reason, in whatever words it was told."""

import errno
import hashlib
import json

import polars as pl
import pytest

from portfolio.options import Options, PortfolioError
from portfolio.parquet import readable
from protocol import names
from protocol.campaigns import Campaigns
from protocol.folder import CampaignFolder
from protocol.policy import CutOffs
from protocol.settings import Settings
from protocol.system_error import system_error
from tests.campaigns.conftest import portfolio
from tests.policy import POLICY
from worker.campaigns import steps as of_worker
from worker.campaigns.steps import Steps
from worker.champion import Champion

FULL = "/dev/full"
FRAME = pl.DataFrame({"x": ["no room"]})
WRITERS = {
    "csv": lambda: FRAME.write_csv(FULL),
    "ndjson": lambda: FRAME.write_ndjson(FULL),
    "parquet": lambda: FRAME.write_parquet(FULL),
    "joined parquet": lambda: FRAME.lazy().sink_parquet(FULL),
}


@pytest.fixture(params=WRITERS.values(), ids=WRITERS)
def write(request):
    """Writes to a disk that is full."""
    return request.param


@pytest.fixture
def desk(client, redis_url, champion, tmp_path):
    """The steps of a worker, and the ledger they settle with."""
    settings = Settings(redis_url=redis_url, storage_dir=tmp_path)
    campaigns = Campaigns(client, settings)
    return campaigns, Steps(campaigns, settings, champion)


def planned(campaigns, steps, tmp_path):
    """Create a campaign and do its plan; returns its id and its one chunk, held."""
    content, campaign = portfolio(10), names.new_campaign_id()
    folder = CampaignFolder.of(tmp_path, campaign)
    folder.path.mkdir(parents=True)
    folder.portfolio.write_bytes(content)
    stored = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    options = Options(format="csv").model_dump_json()
    campaigns.create(campaign, "tests", {"options": options, **stored})
    steps.take(campaigns.claim(stay_awake=False))
    return campaign, campaigns.claim(stay_awake=False)


def test_a_full_disk_is_known_whatever_library_meets_it(write):
    with pytest.raises((OSError, pl.exceptions.PolarsError)) as caught:
        write()
    assert system_error(caught.value).errno == errno.ENOSPC


def test_a_full_disk_does_not_pass_for_a_damaged_portfolio(write):
    with pytest.raises(OSError, match="No space left") as caught, readable():
        write()
    assert caught.value.errno == errno.ENOSPC


def test_a_damaged_portfolio_does_not_pass_for_a_fault_of_the_disk(tmp_path):
    (tmp_path / "x").write_bytes(b"PAR1" + bytes(99))
    with pytest.raises(PortfolioError), readable():
        pl.read_parquet(tmp_path / "x")


def test_a_chunk_that_finds_no_room_fails_its_campaign_at_once(desk, tmp_path, write, monkeypatch):
    campaigns, steps = desk
    campaign, held = planned(campaigns, steps, tmp_path)
    monkeypatch.setattr(of_worker, "write_part", lambda *_: write())
    steps.take(held)
    record = campaigns.read(campaign)
    assert record["state"] == "failed"
    assert json.loads(record["error"])["code"] == "disk-full"


@pytest.mark.parametrize(
    ("error", "text"),
    [(OSError("no number"), "(unknown)"), (PermissionError(13, "x"), "(x)")],
)
def test_another_fault_of_the_storage_is_named(desk, tmp_path, error, text, monkeypatch):
    def write(*_):
        raise error

    campaigns, steps = desk
    campaign, held = planned(campaigns, steps, tmp_path)
    monkeypatch.setattr(of_worker, "write_part", write)
    steps.take(held)
    problem = json.loads(campaigns.read(campaign)["error"])
    assert (problem["code"], text in problem["detail"]) == ("storage", True)


def test_what_serves_later_changes_nothing_of_a_campaign_that_was_planned(
    desk, tmp_path, redis_url, artefact
):
    campaigns, steps = desk
    campaign, held = planned(campaigns, steps, tmp_path)
    settings = Settings(redis_url=redis_url, storage_dir=tmp_path, model_dir=artefact)
    cut_offs = CutOffs(approve_below=0.01, decline_above=0.02)
    later = POLICY.model_copy(update={"version": "later", "cut_offs": cut_offs})
    other = Steps(campaigns, settings, Champion(settings, later))
    other.take(held)
    other.take(campaigns.claim(stay_awake=False))
    record = campaigns.read(campaign)
    assert (record["state"], record["policy_digest"]) == ("succeeded", POLICY.digest)
    with CampaignFolder.of(tmp_path, campaign).open("results") as file:
        assert set(pl.read_csv(file)["policy_version"]) == {POLICY.version}


def test_a_campaign_whose_model_is_gone_from_the_shelf_goes_on_when_it_is_back(desk, tmp_path):
    campaigns, steps = desk
    campaign, held = planned(campaigns, steps, tmp_path)
    (tmp_path / "models").rename(tmp_path / "away")
    steps.take(held)
    assert json.loads(campaigns.read(campaign)["error"])["code"] == "model-refused"
    (tmp_path / "away").rename(tmp_path / "models")
    assert campaigns.turn(campaign, "resume")
    while held := campaigns.claim(stay_awake=False):
        steps.take(held)
    assert campaigns.read(campaign)["state"] == "succeeded"
