"""Outcomes on a real Redis: each on record once, all of a request or none, and nobody else's."""

from datetime import date

import pytest

from protocol import names
from protocol.application import EXAMPLE
from protocol.errors import LedgerUnavailable
from protocol.ledger import Job, Ledger
from protocol.outcomes import Fault, Outcome, Outcomes
from protocol.record_stream import RecordStream
from protocol.settings import Settings
from tests.campaigns.archives import cancelled, final

DAY = date(2026, 6, 30)


@pytest.fixture
def outcomes(client, redis_url):
    return Outcomes(client, Settings(redis_url=redis_url))


@pytest.fixture
def entries(client):
    """The outcomes on the stream."""
    stream = RecordStream(client, Settings())
    return lambda: [entry for _, entry in stream.entries(10_000) if entry["class"] == "outcome"]


def test_an_outcome_is_an_entry_of_the_stream_under_the_id_of_its_score(outcomes, ledger, entries):
    (score_id,) = final(ledger, 1)
    assert outcomes.record([Outcome(score_id, True, DAY)], "acme-los", "0123abcd") == (1, 0, {})
    (entry,) = entries()
    assert entry.pop("created_ms") == entry.pop("finished_ms")
    assert entry == {
        "v": "1",
        "class": "outcome",
        "id": score_id,
        "state": "observed",
        "owner": "acme-los",
        "batch": "",
        "reference": "",
        "actor": "0123abcd",
        "defaulted": "1",
        "observed_on": "2026-06-30",
    }


def test_the_same_outcome_again_is_no_second_and_another_one_is(outcomes, ledger, entries):
    (score_id,) = final(ledger, 1)
    paid, unpaid = Outcome(score_id, False, DAY), Outcome(score_id, True, DAY)
    assert outcomes.record([paid, paid], "acme-los", "k") == (1, 1, {})
    assert outcomes.record([paid], "acme-los", "k") == (0, 1, {})
    assert outcomes.record([unpaid], "acme-los", "k") == (1, 0, {})
    assert outcomes.record([paid], "acme-los", "k") == (1, 0, {})  # it contradicts the last one
    assert [entry["defaulted"] for entry in entries()] == ["0", "1", "0"]


def test_the_same_outcome_is_recognised_as_long_as_an_idempotency_key(outcomes, client):
    score_id = names.new_score_id()
    outcomes.record([Outcome(score_id, True, DAY)], "acme-los", "k")
    left_ms = client.pttl(names.OUTCOME + score_id)
    assert 0 < left_ms <= Settings().idempotency_ttl_s * 1_000


def test_a_score_that_is_here_no_more_is_taken_for_an_archived_one(outcomes, entries):
    score_id = names.new_score_id()
    assert outcomes.record([Outcome(score_id, True, DAY)], "acme-los", "k").accepted == 1
    assert [entry["id"] for entry in entries()] == [score_id]


def test_with_one_fault_nothing_is_recorded(outcomes, client, redis_url, entries):
    ledger = Ledger(client, Settings(redis_url=redis_url))
    (good,), (dead,) = final(ledger, 1), cancelled(ledger, 1)
    queued = ledger.accept([Job(names.new_score_id(), EXAMPLE)], "acme-los").id
    other = ledger.accept([Job(names.new_score_id(), EXAMPLE)], "someone-else").id
    erased = ledger.accept([Job(names.new_score_id(), EXAMPLE)], "someone-else").id
    ledger.erase([erased])
    said = [Outcome(one, True, DAY) for one in (good, dead, queued, other, erased)]
    assert outcomes.record(said, "acme-los", "k") == (
        0,
        0,
        {1: Fault.NOT_SCORED, 2: Fault.NOT_SCORED, 3: Fault.NOT_FOUND, 4: Fault.NOT_FOUND},
    )
    assert entries() == []
    everyones = outcomes.record([Outcome(other, True, DAY)] * 1_000, "acme-los", "k")
    assert len(everyones.faults) == 1_000


def test_a_redis_that_does_not_answer_raises_a_clear_error(outcomes, client):
    client.set(names.RECORDS, "no stream")
    with pytest.raises(LedgerUnavailable):
        outcomes.record([Outcome(names.new_score_id(), True, DAY)], "acme-los", "k")
