"""Overrides through the client and the running service: two persons, each with a key."""

import time

import pytest
from loanscore_client import (
    Client,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    KeyReused,
    NotFound,
    Unauthorized,
)

from protocol.application import EXAMPLE
from protocol.keystore import KeyStore
from protocol.ledger import connect
from tests.conftest import make_service
from tests.policy import POLICY

DECLINED = EXAMPLE._replace(credit_lines_outstanding=1_000)
LARGE = DECLINED._replace(loan_amt_outstanding=60_000.0)


@pytest.fixture(scope="module")
def people(folder, artefact):
    """An adviser, and a second person who may ask for overrides too."""
    service = make_service(folder / "overriding-client", artefact)
    scopes = ["scores:read", "scores:write", "overrides:write", "overrides:approve"]
    try:
        service.start()
        with connect(service.redis_url) as operator:
            keys = [KeyStore(operator).create("bank", scopes).secret for _ in range(2)]
        with Client(service.url, keys[0]) as adviser, Client(service.url, keys[1]) as second:
            for one in (adviser, second):
                until_known(one)
            yield adviser, second
    finally:
        service.stop()


def until_known(client):
    """Wait until the API has read the client's key."""
    ends = time.monotonic() + 30
    while True:
        try:
            return client.overrides.reasons()
        except Unauthorized:
            assert time.monotonic() < ends
            time.sleep(0.05)


def scored(client, application=DECLINED):
    return client.create_and_wait(application._asdict()).id


def test_an_override_is_in_force_beside_the_score(people):
    adviser, _ = people
    score_id = scored(adviser)
    made = adviser.overrides.create(score_id, "approve", "GUARANTOR", "Surety seen.")
    assert (made.state, made.decision, made.before) == ("in-force", "approve", "decline")
    assert (made.scored, made.direction, made.second_person) == ("decline", "low-side", None)
    assert made.reason["text"]["fr"]
    assert made.policy["digest"] == POLICY.digest
    assert made.created_at == made.in_force_at
    assert "Surety" not in repr(made)
    score = adviser.get(score_id)
    assert (score.result.decision, score.decision_in_force) == ("decline", "approve")
    assert score.override == made == adviser.overrides.get(made.id)


def test_above_the_exposure_another_key_approves_or_rejects(people):
    adviser, second = people
    for verb, state, verdict in (
        ("approve", "in-force", "approved"), ("reject", "rejected", "rejected"),
    ):  # fmt: skip
        score_id = scored(adviser, LARGE)
        made = adviser.overrides.create(score_id, "approve", "COLLATERAL", "House.")
        assert made.state == "awaiting-approval"
        assert made in list(second.overrides.waiting())
        with pytest.raises(Forbidden, match="second-person-required"):
            getattr(adviser.overrides, verb)(made.id, "Mine.")
        settled = getattr(second.overrides, verb)(made.id, "Seen.")
        assert (settled.state, settled.second_person.verdict) == (state, verdict)
        assert settled.second_person.note == "Seen."
        assert getattr(second.overrides, verb)(made.id, "Seen.") == settled
        assert adviser.overrides.of(score_id) == (settled,)
        assert made.id not in {one.id for one in second.overrides.waiting()}


def test_the_same_key_is_the_same_override(people):
    adviser, _ = people
    score_id = scored(adviser)
    first, again = (
        adviser.overrides.create(score_id, "approve", "GUARANTOR", "x", idempotency_key="once")
        for _ in range(2)
    )
    assert first == again
    with pytest.raises(KeyReused):
        adviser.overrides.create(score_id, "approve", "GUARANTOR", "y", idempotency_key="once")
    with pytest.raises(Conflict):
        adviser.overrides.create(score_id, "approve", "GUARANTOR", "x")


def test_what_cannot_be_is_told(people):
    adviser, _ = people
    score_id = scored(adviser)
    with pytest.raises(Invalid) as caught:
        adviser.overrides.create(score_id, "approve", "FRAUD_SUSPICION", "x")
    assert [fault.pointer for fault in caught.value.errors] == ["/reason"]
    with pytest.raises(NotFound):
        adviser.overrides.get("ov_" + "0" * 44)
    with pytest.raises(NotFound):
        adviser.overrides.create("sc_" + "0" * 44, "approve", "GUARANTOR", "x")
    made = adviser.overrides.create(score_id, "approve", "GUARANTOR", "x")
    adviser.erase(score_id)
    with pytest.raises(Gone):
        adviser.overrides.get(made.id)


def test_the_reasons_are_the_policys(people):
    adviser, _ = people
    known = {one.code: (one.decision, one.text["en"]) for one in adviser.overrides.reasons()}
    assert known == {one.code: (one.decision, one.en) for one in POLICY.overrides.reasons}
