"""A plan is made of what was sent and of nothing else; what a killed attempt left is removed."""

import gzip
import hashlib
import os

import pytest

from portfolio.options import Options, PortfolioError
from protocol import names
from protocol.campaigns import FILES, PLAN
from protocol.folder import CampaignFolder
from tests.campaigns.conftest import portfolio
from tests.policy import POLICY
from worker.campaigns import part
from worker.campaigns.beginnings import remove_beginnings
from worker.campaigns.part import write_part
from worker.campaigns.plan import make_plan
from worker.model import load_scorer

BOOK = portfolio(100)
OTHER = BOOK.replace(b"L1,", b"N1,")


@pytest.fixture
def here(tmp_path):
    made = CampaignFolder.of(tmp_path, names.new_campaign_id())
    made.path.mkdir(parents=True)
    return made


def plan(here, sent):
    sha256 = hashlib.sha256(sent).hexdigest()
    return make_plan(here, Options(format="csv"), 1_000, 1 << 20, sha256)


@pytest.mark.parametrize("sent", [BOOK, gzip.compress(BOOK)], ids=["plain", "gzip"])
@pytest.mark.parametrize("stored", [OTHER, gzip.compress(OTHER), BOOK[:-1], b""])
def test_a_portfolio_that_is_no_longer_what_was_sent_is_not_planned(here, sent, stored):
    here.portfolio.write_bytes(stored)
    with pytest.raises(PortfolioError) as refused:
        plan(here, sent)
    assert refused.value.code == "input-changed"
    assert not here.plan.exists()


def test_a_portfolio_that_an_earlier_attempt_unpacked_is_planned_again(here):
    packed = gzip.compress(BOOK)
    here.portfolio.write_bytes(packed)
    first = plan(here, packed)
    assert here.portfolio.read_bytes() == BOOK
    assert plan(here, packed) == first
    here.portfolio.write_bytes(OTHER)
    with pytest.raises(PortfolioError):
        plan(here, packed)


@pytest.mark.parametrize("readable", [True, False])
def test_a_portfolio_that_changes_while_a_chunk_reads_it_gives_no_part(
    here, artefact, monkeypatch, readable
):
    here.portfolio.write_bytes(BOOK)
    plan(here, BOOK)
    scorer, score = load_scorer(artefact, POLICY), part.score

    def score_another(path, *more):
        """As if the file were changed between the look at it and the reading."""
        path.write_bytes(OTHER if readable else BOOK[:500])
        os.utime(path, ns=(0, 0))
        return score(path, *more)

    monkeypatch.setattr(part, "score", score_another)
    with pytest.raises(PortfolioError) as refused:
        write_part(here, 1, scorer)
    assert refused.value.code == "input-changed"
    assert list(here.parts.iterdir()) == []


def test_each_step_removes_what_a_killed_attempt_at_it_left_and_nothing_else(here):
    here.parts.mkdir()
    begun = {
        PLAN: [here.path / ".portfolio.0123", here.path / ".unpacked.0123"],
        "3": [here.parts / ".000003-results.0123"],
        FILES: [here.path / ".results.0123", here.path / ".diff-0123" / "x"],
    }
    others = [here.path / "results", here.part("results", 3), here.parts / ".000004-tally.0123"]
    for path in (*(left for of_step in begun.values() for left in of_step), *others):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"1")
    for step in list(begun):
        remove_beginnings(here, step)
        assert not any(left.exists() for left in begun.pop(step))
        assert all(left.exists() for of_step in begun.values() for left in of_step)
    assert all(other.exists() for other in others)
