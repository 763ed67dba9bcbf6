"""Applications that are refused are counted by day and field, for monitoring."""

from datetime import UTC, datetime, timedelta

import pytest

from protocol import names
from protocol.application import EXAMPLE, FIELDS
from protocol.key import SCOPES
from protocol.keystore import KeyStore
from protocol.refused import Refused

TODAY = datetime.now(UTC).date()
GOOD = EXAMPLE._asdict()
FIRST, SECOND = FIELDS[0].name, FIELDS[1].name
ITEM = {"application": GOOD}


@pytest.fixture
def post(client, redis_url, make_app):
    key = KeyStore(client).create("acme-los", SCOPES).secret
    caller = make_app(redis_url).test_client()
    headers = {"Authorization": f"Bearer {key}"}
    return lambda path, body: caller.post(path, json=body, headers=headers).status_code


@pytest.fixture
def counted(client):
    """What was refused yesterday and today."""
    return lambda: Refused(client).between(TODAY - timedelta(days=1), TODAY)


def without(*fields):
    return {"application": {name: value for name, value in GOOD.items() if name not in fields}}


def changed(**fields):
    return {"application": GOOD | fields}


def test_each_application_counts_once_and_so_does_each_field(post, counted):
    assert post("/v1/scores", without(FIRST, SECOND)) == 422
    assert post("/v1/scores", without(FIRST)) == 422
    assert post("/v1/scores", changed(**{SECOND: "much"})) == 422
    assert post("/v1/scores", {}) == 422
    assert counted() == (4, {FIRST: 2, SECOND: 1}, {SECOND: 1})


def test_items_of_a_batch_count_whether_it_is_refused_or_goes_on_without_them(post, counted):
    items = [ITEM, without(FIRST), changed(**{SECOND: -1})]
    assert post("/v1/score-batches", {"items": items}) == 422
    assert post("/v1/score-batches", {"items": items, "on_invalid": "skip"}) == 202
    assert counted() == (4, {FIRST: 2}, {SECOND: 2})


def test_what_is_accepted_or_is_no_application_is_not_counted(post, counted):
    assert post("/v1/scores", ITEM) == 202
    assert post("/v1/score-batches", {"items": [ITEM]}) == 202
    assert counted() == (0, {}, {})


def test_only_names_of_fields_are_kept(post, counted, client):
    assert post("/v1/scores", changed(canary=1)) == 422
    assert post("/v1/scores", ITEM | {"canary": 1}) == 422
    assert counted() == (2, {}, {})
    (key,) = [name for name in client.scan_iter() if name.startswith(names.REFUSED)]
    assert client.hkeys(key) == ["applications"]
    assert client.pttl(key) > 0


def test_days_are_apart(client):
    refused = Refused(client)
    refused.note(2, [("missing", FIRST)])
    assert refused.between(TODAY - timedelta(days=9), TODAY - timedelta(days=1)).applications == 0
    assert refused.between(TODAY - timedelta(days=9), TODAY).missing == {FIRST: 1}
