"""What the client refuses before anything is sent."""

import pytest
from loanscore_client import Client

from tests.python_client.conftest import KEY


@pytest.mark.parametrize("url", ["http://loans.example", "http://10.0.0.1:5000", "http://0.0.0.0"])
def test_plain_http_to_another_machine_needs_to_be_said(url):
    with pytest.raises(ValueError, match="plain http"):
        Client(url, KEY)
    assert repr(Client(url, KEY, allow_plain_http=True)) == f"Client({url!r})"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "loans.example",
        "ftp://loans.example",
        "https://",
        "https://me:pw@loans.example",
        "https://loans.example?key=1",
        "https://loans.example/#a",
    ],
)
def test_a_url_that_cannot_be_one_is_refused(url):
    with pytest.raises(ValueError, match="url must"):
        Client(url, KEY)


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "clé"])
def test_a_key_that_is_no_header_is_refused_and_not_quoted(key):
    with pytest.raises(ValueError, match="visible ASCII") as caught:
        Client("https://loans.example", key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("score_id", ["", "..", "sc_1/../../keys", "sc_1?x=1", "sc_1\r\nX: 1"])
def test_a_text_that_is_no_id_never_becomes_a_path(script, scripted_client, score_id):
    for call in (scripted_client.get, scripted_client.cancel, scripted_client.erase):
        with pytest.raises(ValueError, match="no id"):
            call(score_id)
    assert script.seen == []


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256, "a\r\nX: 1"])
def test_an_idempotency_key_that_is_no_header_is_refused(scripted_client, key):
    with pytest.raises(ValueError, match="idempotency_key"):
        scripted_client.create({}, idempotency_key=key)


@pytest.mark.parametrize("income", [float("nan"), float("inf")])
def test_a_number_that_json_cannot_say_is_refused(script, scripted_client, income):
    with pytest.raises(ValueError, match="Out of range"):
        scripted_client.create({"income": income})
    assert script.seen == []


def test_a_closed_client_says_so(scripted_client):
    scripted_client.close()
    with pytest.raises(RuntimeError, match="closed"):
        scripted_client.get("sc_1")
    with pytest.raises(RuntimeError, match="closed"):
        scripted_client.ready()


def test_negative_retries_and_times_are_refused():
    for wrong in ({"retries": -1}, {"total_s": 0}, {"timeout_s": 0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Client("https://loans.example", KEY, **wrong)
