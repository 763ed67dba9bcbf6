"""What is sent again, how often and when: against a real server that plays a script."""

import json
import logging
import traceback
from email.utils import formatdate

import pytest
from loanscore_client import (
    ApiError,
    Client,
    Conflict,
    ConnectionFailed,
    Forbidden,
    Gone,
    Invalid,
    KeyReused,
    LoanscoreError,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
)

from tests.python_client.conftest import KEY
from tests.python_client.scripted import scripted

APPLICATION = {"income": 98_765_432.5, "fico_score": 648}
ID = "sc_" + "0" * 44
ACCEPTED = {"id": ID, "status": "queued", "links": {}}


def keys_of(script):
    return [seen.headers["idempotency-key"] for seen in script.seen]


def test_a_create_call_sends_one_key_and_one_body_however_often_it_is_repeated(
    script, scripted_client
):
    script.problem(503, "unavailable", Retry_After=1).drop().problem(429, "rate-limited")
    script.then(502, b"<html>proxy</html>", "text/html").then(504, b"").then(202, ACCEPTED)
    accepted = scripted_client.create(APPLICATION)
    assert len(script.seen) == 6
    assert set(keys_of(script)) == {accepted.idempotency_key}
    assert len({seen.body for seen in script.seen}) == 1
    assert accepted.id == ID


def test_two_create_calls_have_two_keys(script, scripted_client):
    script.then(202, ACCEPTED).then(202, ACCEPTED)
    first, second = (scripted_client.create(APPLICATION) for _ in range(2))
    assert first.idempotency_key != second.idempotency_key


def test_a_given_key_is_sent_and_a_replay_is_told(script, scripted_client):
    script.then(202, ACCEPTED, Idempotency_Replayed="true")
    accepted = scripted_client.create(APPLICATION, idempotency_key="mine")
    assert keys_of(script) == ["mine"]
    assert accepted.replayed


def test_attempts_are_bounded_and_the_error_carries_the_key_to_go_on_with(script, scripted_client):
    for _ in range(6):
        script.problem(503, "overloaded", Retry_After=1)
    with pytest.raises(Unavailable) as caught:
        scripted_client.create(APPLICATION)
    assert len(script.seen) == 6
    assert caught.value.idempotency_key == keys_of(script)[0]
    assert caught.value.retry_after_s == 1


def test_retry_after_in_seconds_is_waited_for(script, scripted_client, clock):
    script.problem(503, "overloaded", Retry_After=7).then(202, ACCEPTED)
    scripted_client.create(APPLICATION)
    assert [7 <= pause <= 7.25 for pause in clock.slept] == [True]


def test_retry_after_as_a_date_is_waited_for(script, scripted_client, clock):
    date = formatdate(clock.wall() + 9, usegmt=True)
    script.problem(429, "rate-limited", Retry_After=date).then(202, ACCEPTED)
    scripted_client.create(APPLICATION)
    assert [9 <= pause <= 9.25 for pause in clock.slept] == [True]


def test_a_very_long_retry_after_is_followed_for_half_a_minute(script, scripted_client, clock):
    script.problem(429, "rate-limited", Retry_After=86_400).then(202, ACCEPTED)
    scripted_client.create(APPLICATION)
    assert [30 <= pause <= 30.25 for pause in clock.slept] == [True]


def test_without_retry_after_pauses_double_up_to_a_cap(script, clock):
    for _ in range(9):
        script.drop()
    with (
        Client(script.url, KEY, retries=8, _clock=clock) as client,
        pytest.raises(ConnectionFailed),
    ):
        client.create(APPLICATION)
    assert clock.slept == [0.25, 0.5, 1, 2, 4, 8, 8, 8]
    assert len(script.seen) == 9


def test_no_pause_goes_beyond_the_time_of_the_whole_call(script, clock):
    script.problem(429, "rate-limited", Retry_After=3)
    script.problem(429, "rate-limited", Retry_After=20)
    with (
        Client(script.url, KEY, total_s=10, _clock=clock) as client,
        pytest.raises(RateLimited) as caught,
    ):
        client.create(APPLICATION)
    assert caught.value.retry_after_s == 20
    assert len(script.seen) == 2
    assert sum(clock.slept) < 10


def test_an_answer_that_never_comes_is_a_connection_that_failed(script, clock):
    with scripted() as frozen, Client(frozen.url, KEY, 0.2, retries=1, _clock=clock) as client:
        frozen.then(202, ACCEPTED, Content_Length=10_000).then(202, ACCEPTED, Content_Length=9_999)
        with pytest.raises(ConnectionFailed) as caught:
            client.create(APPLICATION)
        assert len(frozen.seen) == 2
        assert len(set(keys_of(frozen))) == 1
        assert caught.value.request_id == frozen.seen[1].headers["x-request-id"]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "malformed-body", ApiError),
        (401, "unauthorized", Unauthorized),
        (403, "forbidden", Forbidden),
        (404, "not-found", NotFound),
        (409, "already-final", Conflict),
        (410, "gone", Gone),
        (413, "body-too-large", ApiError),
        (422, "invalid-application", Invalid),
        (422, "idempotency-key-reused", KeyReused),
        (500, "internal-error", ApiError),
    ],
)
def test_what_a_repeat_cannot_mend_is_asked_once(script, scripted_client, status, code, kind):
    script.problem(status, code, X_Request_Id="abc-1", Retry_After=1)
    with pytest.raises(LoanscoreError) as caught:
        scripted_client.create(APPLICATION)
    assert type(caught.value) is kind
    assert len(script.seen) == 1
    assert str(caught.value) == f"{status} {code}: A sentence. (request abc-1)"


def test_reads_deletions_and_cancellations_are_repeated(script, scripted_client):
    script.drop().then(204).drop().problem(409, "already-final").drop().problem(404, "not-found")
    scripted_client.erase(ID)
    with pytest.raises(Conflict):
        scripted_client.cancel(ID)
    with pytest.raises(NotFound):
        scripted_client.get(ID)
    place = f"/v1/scores/{ID}"
    assert [(seen.method, seen.path) for seen in script.seen] == [
        *[("DELETE", place)] * 2,
        *[("POST", f"{place}/cancel")] * 2,
        *[("GET", place)] * 2,
    ]


def test_an_erasure_whose_answer_was_lost_is_done(script, scripted_client):
    script.drop().problem(410, "gone")
    assert scripted_client.erase(ID) is None
    assert len(script.seen) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_key_goes_nowhere(script, scripted_client, status):
    with scripted() as elsewhere:
        script.then(status, Location=f"{elsewhere.url}/v1/scores")
        with pytest.raises(ApiError, match="redirect"):
            scripted_client.create(APPLICATION)
        assert elsewhere.seen == []
    assert len(script.seen) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"garbage", b"[]", b"null", b'{"id": 5}', b'{"id": "../x"}', b"\xff", b"[" * 9_999],
)
def test_an_answer_that_is_not_the_contracts_is_said_to_be_so(script, scripted_client, body):
    script.then(202, body)
    with pytest.raises(ApiError) as caught:
        scripted_client.create(APPLICATION)
    assert caught.value.code == "unreadable-answer"


def test_connections_are_used_again(script, scripted_client):
    for _ in range(5):
        script.then(202, ACCEPTED)
        scripted_client.create(APPLICATION)
    assert len(script.connections) == 1


def test_readiness_is_asked_without_the_key_and_once(script, scripted_client):
    script.then(503, {"status": "failing"}).then(200, {"status": "ok"}).drop()
    assert [scripted_client.ready(), scripted_client.ready()] == [False, True]
    with pytest.raises(ConnectionFailed):
        scripted_client.ready()
    assert len(script.seen) == 3
    assert not any("authorization" in seen.headers for seen in script.seen)


def play_an_echo(script):
    """Answers that throw what was sent back at the caller."""
    echo = json.dumps({"application": APPLICATION, "key": f"Bearer {KEY}"}).encode()
    script.then(202, echo).then(500, echo, "text/plain").then(418, echo)


def test_no_error_tells_the_key_or_the_applicant(script, scripted_client, caplog):
    caplog.set_level(logging.DEBUG)
    play_an_echo(script)
    script.drop().drop().drop().drop().drop().drop()
    told = []
    for _ in range(4):
        with pytest.raises(LoanscoreError) as caught:
            scripted_client.create(APPLICATION, metadata={"note": str(APPLICATION["income"])})
        error = caught.value
        told += [str(error), repr(error), *traceback.format_exception(error)]
        inside = error.__traceback__.tb_next
        shown = traceback.TracebackException(type(error), error, inside, capture_locals=True)
        assert KEY not in "".join(shown.format())
        assert error.__context__ is None
    everything = "".join(told) + caplog.text + repr(scripted_client)
    assert KEY not in everything
    assert str(APPLICATION["income"]) not in everything
