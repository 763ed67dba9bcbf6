"""`/v1/webhooks` over the application and a real Redis: every way to call it wrongly first."""

import json

import pytest

from protocol import names
from protocol.key import SCOPES
from protocol.keystore import KeyStore
from protocol.outbox import Outbox
from protocol.parcel import Outcome, Result
from protocol.settings import Settings
from protocol.webhooks import MOST

URL = "https://example.com/hook?token=CANARY"


class Caller:
    """One key's view of the API."""

    def __init__(self, make_app, redis_url, client, name):
        key = KeyStore(client).create(name, SCOPES).secret
        self._http = make_app(redis_url).test_client()
        self._headers = {"Authorization": f"Bearer {key}"}

    def call(self, method, path="", **more):
        return self._http.open(f"/v1/webhooks{path}", method=method, headers=self._headers, **more)

    def create(self, url=URL):
        response = self.call("POST", json={"url": url})
        assert response.status_code == 201, response.text
        return response.json

    def nameless(self, method, path):
        return self._http.open(f"/v1/webhooks{path}", method=method)


@pytest.fixture
def caller(make_app, client, redis_url):
    return Caller(make_app, redis_url, client, "acme-los")


@pytest.fixture
def stranger(make_app, client, redis_url):
    return Caller(make_app, redis_url, client, "another")


ROUTES = [
    ("DELETE", "/{id}"),
    ("POST", "/{id}/rotate"),
    ("POST", "/{id}/test"),
    ("GET", "/{id}/deliveries"),
]


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("GET", ""), *ROUTES])
def test_without_a_key_nothing_is_told(caller, method, path):
    response = caller.nameless(method, path.format(id=names.new_webhook_id()))
    assert (response.status_code, response.json["code"]) == (401, "unauthorized")


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_an_unknown_a_malformed_and_a_foreign_id_are_the_same_404(caller, stranger, method, path):
    mine = caller.create()["id"]
    answers = []
    for webhook in (mine, names.new_webhook_id(), "wh_1", "of:acme", mine.upper()):
        response = stranger.call(method, path.format(id=webhook))
        changing = {"instance", "request_id"}
        document = {k: v for k, v in response.json.items() if k not in changing}
        answers.append((response.status_code, document))
    assert answers[0][0] == 404
    assert answers == answers[:1] * 5
    assert [webhook["id"] for webhook in caller.call("GET").json["webhooks"]] == [mine]
    assert stranger.call("GET").json == {"webhooks": []}


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/url", "string-type"),
        ({"url": None}, "/url", "string-type"),
        ({"url": 5}, "/url", "string-type"),
        ({"url": ["https://example.com"]}, "/url", "string-type"),
        ({"url": URL, "more": 1}, "", "extra-forbidden"),
        ({"url": "http://example.com/CANARY"}, "/url", "invalid-url"),
        ({"url": "https://u:CANARY@example.com/"}, "/url", "invalid-url"),
        ({"url": "https://169.254.169.254/CANARY"}, "/url", "invalid-url"),
        ({"url": "https://example.com:99999/"}, "/url", "invalid-url"),
        ({"url": "https://example.com/" + "a" * 2_048}, "/url", "invalid-url"),
    ],
)
def test_a_url_that_cannot_be_called_is_a_422_that_points_at_it(caller, body, pointer, code):
    response = caller.call("POST", json=body)
    assert (response.status_code, response.json["code"]) == (422, "invalid-webhook")
    (fault,) = response.json["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)
    assert "CANARY" not in response.text
    assert caller.call("GET").json == {"webhooks": []}


def test_a_body_that_is_no_json_is_a_400(caller):
    response = caller.call("POST", data="{", content_type="application/json")
    assert (response.status_code, response.json["code"]) == (400, "malformed-body")


def test_one_too_many_is_a_409(caller, stranger):
    for _ in range(MOST):
        caller.create()
    response = caller.call("POST", json={"url": URL})
    assert (response.status_code, response.json["code"]) == (409, "too-many-webhooks")
    stranger.create()


def test_a_secret_is_shown_once(caller):
    made = caller.create()
    assert made["secret"].startswith("whsec_")
    rotated = caller.call("POST", f"/{made['id']}/rotate").json
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != made["secret"]
    said = caller.call("GET").text + caller.call("GET", f"/{made['id']}/deliveries").text
    assert "whsec_" not in said
    assert rotated["secret"][6:] not in said


def test_a_list_shows_what_there_is(caller):
    first, second = caller.create(), caller.create("https://example.org/")
    del first["secret"], second["secret"]
    listed = caller.call("GET").json["webhooks"]
    assert sorted(listed, key=json.dumps) == sorted([first, second], key=json.dumps)
    assert (first["status"], first["url"], first["disabled_at"]) == ("active", URL, None)


def test_a_deleted_webhook_is_gone(caller):
    webhook = caller.create()["id"]
    response = caller.call("DELETE", f"/{webhook}")
    assert (response.status_code, response.data) == (204, b"")
    assert caller.call("DELETE", f"/{webhook}").status_code == 404
    assert caller.call("GET").json == {"webhooks": []}


def test_a_test_is_an_event_in_the_outbox(caller, client):
    webhook = caller.create()["id"]
    response = caller.call("POST", f"/{webhook}/test")
    assert response.status_code == 202
    (parcel,) = Outbox(client, Settings()).claim(8)
    assert (parcel.id, parcel.webhook) == (response.json["id"], webhook)


def test_deliveries_are_shown_and_a_disabled_webhook_says_so(caller, client):
    webhook = caller.create()["id"]
    caller.call("POST", f"/{webhook}/test")
    outbox = Outbox(client, Settings())
    (parcel,) = outbox.claim(8)
    outbox.settle(parcel, Outcome.DISABLED, Result("ping", 410, None, 12))
    (entry,) = caller.call("GET", f"/{webhook}/deliveries").json["deliveries"]
    assert (entry["type"], entry["status"], entry["outcome"]) == ("ping", 410, "disabled")
    (shown,) = caller.call("GET").json["webhooks"]
    assert shown["status"] == "disabled"
    assert shown["disabled_at"].endswith("Z")
    response = caller.call("POST", f"/{webhook}/test")
    assert (response.status_code, response.json["code"]) == (409, "webhook-disabled")


def test_without_redis_it_is_a_503(make_app, tmp_path):
    app = make_app(f"unix://{tmp_path}/none.sock")
    headers = {"Authorization": "Bearer ls_00000000_" + "x" * 43}
    response = app.test_client().post("/v1/webhooks", json={"url": URL}, headers=headers)
    assert (response.status_code, response.json["code"]) == (503, "unavailable")
    assert int(response.headers["Retry-After"]) >= 1
