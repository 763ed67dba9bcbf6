"""Webhooks: what was signed is believed, and nothing else."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loanscore_client import BadSignature, verify

NOW = 1_700_000_000
KEY = bytes(range(24))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OTHER = "whsec_" + base64.b64encode(b"another secret of 24 byt").decode()
EVENT = {"type": "score.succeeded", "timestamp": "2023-11-14T22:13:20Z", "data": {"id": "sc_1"}}
PAYLOAD = json.dumps(EVENT).encode()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
EVENTS = st.fixed_dictionaries(
    {"type": st.text(), "timestamp": st.text(), "data": st.dictionaries(st.text(), JSON)}
)


def signature(payload, key=KEY, event_id="msg_1", sent=NOW):
    digest = hmac.new(key, f"{event_id}.{sent}.".encode() + payload, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(payload=PAYLOAD, sent=NOW, **changed):
    given = {"Webhook-Id": "msg_1", "WEBHOOK-TIMESTAMP": str(sent)}
    return given | {"webhook-signature": signature(payload, sent=sent)} | changed


def check(payload=PAYLOAD, given=None, secrets=(SECRET,), **more):
    given = headers(payload) if given is None else given
    return verify(payload, given, list(secrets), _now=NOW, **more)


@given(EVENTS, st.booleans())
def test_any_event_that_was_signed_is_believed(event, ascii_only):
    payload = json.dumps(event, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    read = check(payload)
    parsed = json.loads(payload)
    assert (read.id, read.type, read.timestamp, read.data) == (
        "msg_1",
        parsed["type"],
        parsed["timestamp"],
        parsed["data"],
    )


@given(st.binary(min_size=1), st.data())
def test_any_change_of_one_byte_of_the_payload_is_refused(payload, data):
    place = data.draw(st.integers(0, len(payload) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = bytearray(payload)
    changed[place] ^= flip
    with pytest.raises(BadSignature, match="no secret"):
        check(bytes(changed), headers(payload))


@given(st.sampled_from(["Webhook-Id", "WEBHOOK-TIMESTAMP", "webhook-signature"]), st.data())
def test_any_change_of_one_character_of_a_header_is_refused(name, data):
    good = headers()
    place = data.draw(st.integers(0, len(good[name]) - 1))
    letter = data.draw(st.characters().filter(lambda letter: letter != good[name][place]))
    changed = good[name][:place] + letter + good[name][place + 1 :]
    with pytest.raises(BadSignature):
        check(given=good | {name: changed})


@pytest.mark.parametrize("off", [-300, 0, 300])
def test_within_the_tolerance_it_is_believed(off):
    assert check(given=headers(sent=NOW + off)).type == "score.succeeded"


@pytest.mark.parametrize("off", [-301, 301])
def test_beyond_the_tolerance_it_is_refused(off):
    with pytest.raises(BadSignature, match="300 s"):
        check(given=headers(sent=NOW + off))
    assert check(given=headers(sent=NOW + off), tolerance_s=400).id == "msg_1"


def test_during_a_rotation_either_secret_is_enough_on_either_side():
    both = f"v1a,xyz {signature(PAYLOAD, b'unknown')} {signature(PAYLOAD)}"
    assert check(given=headers(**{"webhook-signature": both})).id == "msg_1"
    assert check(secrets=(OTHER, SECRET)).id == "msg_1"
    with pytest.raises(BadSignature, match="no secret"):
        check(secrets=(OTHER,))
    with pytest.raises(BadSignature, match="no secret"):
        check(secrets=())


@pytest.mark.parametrize("name", ["Webhook-Id", "WEBHOOK-TIMESTAMP", "webhook-signature"])
def test_a_missing_header_is_refused(name):
    given = headers()
    del given[name]
    with pytest.raises(BadSignature):
        check(given=given)


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b"\xff", b'{"type": "a", "data": 5}'])
def test_a_signed_payload_that_is_no_event_is_refused(payload):
    with pytest.raises(BadSignature, match="no event"):
        check(payload)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_***", SECRET[6:], "whpk_AAAA"])
def test_a_secret_that_is_none_is_named_but_not_quoted(secret):
    with pytest.raises(ValueError, match="whsec_<base64>"):
        check(secrets=(secret,))
