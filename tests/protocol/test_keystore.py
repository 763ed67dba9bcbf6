"""Keys and token buckets on a real Redis: what is kept of a key, and how much it may take."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from protocol import names
from protocol.bucket import Bucket
from protocol.errors import KeyRefused, LedgerUnavailable
from protocol.key import SCOPES, Limit
from protocol.keystore import KeyStore
from protocol.ledger import connect


@pytest.fixture
def store(client):
    return KeyStore(client)


def test_of_a_key_only_its_sha256_is_kept(client, store):
    secret, key = store.create("acme-los", ["scores:read"])
    assert key.digest == hashlib.sha256(secret.encode()).hexdigest()
    kept = client.hgetall(names.KEYS)
    assert list(kept) == [key.id]
    assert secret not in str(kept)
    assert secret.split("_", 2)[2] not in str(kept)
    assert key.digest not in repr(key)


def test_two_keys_are_never_alike(store):
    made = [store.create(f"client-{n}", SCOPES).secret for n in range(50)]
    assert len(set(made)) == 50


def test_a_client_has_two_live_keys_of_the_same_scopes_and_no_third(store):
    first = store.create("acme-los", SCOPES).key
    store.create("acme-los", SCOPES)
    with pytest.raises(KeyRefused, match="acme-los has 2 live keys"):
        store.create("acme-los", SCOPES)
    store.create("another", SCOPES)
    for _ in range(2):  # another person of the same client
        store.create("acme-los", ["overrides:approve", "scores:read"])
    with pytest.raises(KeyRefused, match="2 live keys of these scopes"):
        store.create("acme-los", ["scores:read", "overrides:approve"])
    assert store.revoke(first.id)
    assert not store.revoke(first.id)
    store.create("acme-los", SCOPES)


def test_an_expired_key_is_not_live_and_makes_room(store, client):
    key = store.create("acme-los", SCOPES, expires_days=1).key
    assert key.expires_ms - key.created_ms == 86_400_000
    assert key.live(key.expires_ms - 1)
    assert not key.live(key.expires_ms)
    for _ in range(3):
        soon = store.create("brief", SCOPES, expires_days=1e-8).key  # one millisecond
        while client.time()[0] * 1_000 + client.time()[1] // 1_000 <= soon.expires_ms:
            pass
    assert {known.client for known in store.all().values()} == {"acme-los", "brief"}


@pytest.mark.parametrize(
    ("client_name", "scopes", "more", "said"),
    [
        ("Acme LOS", SCOPES, {}, "client"),
        ("", SCOPES, {}, "client"),
        ("a" * 41, SCOPES, {}, "client"),
        ("acme", ["scores"], {}, "no scope is called scores"),
        ("acme", [], {}, "scopes"),
        ("acme", SCOPES, {"expires_days": 0}, "expires"),
        ("acme", SCOPES, {"expires_days": 100_000}, "expires"),
        ("acme", SCOPES, {"limit": Limit(0, 1)}, "rate_per_s"),
        ("acme", SCOPES, {"limit": Limit(float("nan"), 1)}, "rate_per_s"),
        ("acme", SCOPES, {"limit": Limit(1, 0)}, "burst"),
    ],
)
def test_what_cannot_be_a_key_is_refused_and_named(store, client_name, scopes, more, said):
    with pytest.raises(KeyRefused, match=said):
        store.create(client_name, scopes, **more)
    assert store.all() == {}


def test_a_record_that_cannot_be_read_is_no_key_and_hides_no_other(client, store, caplog):
    good = store.create("acme-los", SCOPES).key
    for name, record in [("00000000", "{"), ("11111111", "[]"), ("22222222", '{"id": "CANARY"}')]:
        client.hset(names.KEYS, name, record)
    assert list(store.all()) == [good.id]
    assert "00000000" in caplog.text
    assert "CANARY" not in caplog.text
    store.create("acme-los", SCOPES)


def test_a_redis_that_is_away_is_named_and_quotes_nothing(tmp_path):
    with connect(f"unix://{tmp_path}/none.sock") as away:
        for ask in (
            lambda: KeyStore(away).create("acme-los", SCOPES),
            KeyStore(away).all,
            lambda: Bucket(away).take("acme-los", Limit(1, 1)),
        ):
            with pytest.raises(LedgerUnavailable) as caught:
                ask()
            assert "acme" not in str(caught.value)


def test_callers_at_once_take_no_more_than_the_burst(client):
    bucket, limit = Bucket(client), Limit(0.001, 40)
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: bucket.take("acme-los", limit), range(200)))
    assert waits.count(0) == 40
    assert min(wait for wait in waits if wait) > 900_000  # a token takes 1,000 s


def test_tokens_come_back_and_never_more_than_the_burst(client):
    bucket, limit = Bucket(client), Limit(1_000_000, 5)
    for _ in range(50):
        assert bucket.take("acme-los", limit, 5) == 0
    client.hset(names.RATE + "acme-los", "at_us", 0)  # not used since 1970
    slow = Limit(0.001, 5)
    assert bucket.take("acme-los", slow, 5) == 0
    assert bucket.take("acme-los", slow) > 0


def test_too_few_tokens_take_none(client):
    bucket, limit = Bucket(client), Limit(0.001, 10)
    assert bucket.take("acme-los", limit, 7) == 0
    assert bucket.take("acme-los", limit, 4) > 0
    assert bucket.take("acme-los", limit, 3) == 0
    assert bucket.take("another", limit, 10) == 0


def test_more_than_the_bucket_ever_holds_is_never(client):
    assert Bucket(client).take("acme-los", Limit(100, 10), 11) is None


def test_a_bucket_goes_when_it_would_be_full_again(client):
    Bucket(client).take("acme-los", Limit(2, 10), 10)
    assert 0 < client.pttl(names.RATE + "acme-los") <= 5_000


def test_on_a_full_redis_tokens_are_still_taken(client):
    bucket = Bucket(client)
    bucket.take("acme-los", Limit(1, 10))
    client.config_set("maxmemory", 1)
    try:
        assert bucket.take("acme-los", Limit(1, 10)) == 0
    finally:
        client.config_set("maxmemory", 0)
