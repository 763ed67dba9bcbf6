"""Who may call what: over the application, a real Redis, and the running service."""

import time
from collections import defaultdict
from typing import NamedTuple

import pytest

from protocol import names
from protocol.application import EXAMPLE
from protocol.key import SCOPES, Limit
from protocol.keystore import KeyStore
from protocol.ledger import connect
from tests.client import Client

OPEN = {"health.live", "health.ready", "docs.contract", "docs.page", "docs.part"}
UNSIGNED = {"pages.sign_in", "pages.signed_in", "pages.signed_out", "pages.asset"}
BODY = {"application": EXAMPLE._asdict()}


class Route(NamedTuple):
    endpoint: str
    method: str
    path: str
    scope: str | None


@pytest.fixture
def store(client):
    return KeyStore(client)


def routes(app):
    filler = {"score_id": names.new_score_id(), "batch_id": names.new_batch_id()}
    filler["webhook_id"] = names.new_webhook_id()
    filler["override_id"] = names.new_override_id()
    filler["campaign_id"] = names.new_campaign_id()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN or rule.endpoint.startswith("pages."):
            continue  # pages ask who is signed in, see below
        yield from of_rule(app, rule, filler)


def of_rule(app, rule, filler):
    _, path = rule.build({name: filler[name] for name in rule.arguments})
    for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
        scope = getattr(app.view_functions[rule.endpoint], "scope", None)
        yield Route(rule.endpoint, method, path, scope)


def call(app, route, secret):
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return app.test_client().open(route.path, method=route.method, headers=headers, json={})


def test_every_route_asks_for_a_key_but_those_named(make_app, redis_url):
    app = make_app(redis_url)
    for route in routes(app):
        assert route.scope in SCOPES, route
        response = call(app, route, None)
        assert (response.status_code, response.json["code"]) == (401, "unauthorized"), route
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_every_page_asks_who_is_signed_in_but_those_named(make_app, redis_url, client):
    app, seen = make_app(redis_url), set()
    filler = defaultdict(lambda: "x", score_id=names.new_score_id())
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("pages.") or rule.endpoint in UNSIGNED:
            continue
        for route in of_rule(app, rule, filler):
            answer = app.test_client().open(route.path, method=route.method)
            assert answer.status_code == 303, route
            assert answer.headers["Location"].startswith("/sign-in"), route
            seen.add(route.endpoint)
    assert len(seen) > 10


def test_every_route_takes_the_scope_it_names_and_no_other(make_app, redis_url, store):
    secrets = {scope: store.create(scope.replace(":", "-"), [scope]).secret for scope in SCOPES}
    app = make_app(redis_url)
    seen = []
    for route in routes(app):
        for scope, secret in secrets.items():
            response = call(app, route, secret)
            forbidden = response.status_code == 403
            assert forbidden is (scope != route.scope), (route, scope)
            if forbidden:
                assert response.json["code"] == "forbidden"
                assert route.scope in response.json["detail"]
            seen.append((route, scope))
    assert len(seen) >= 34 * len(SCOPES)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer {off}",
        "Bearer {secret}x",
        "Bearer ls_00000000_" + "x" * 43,
        "Bearer {digest}",
        "Basic {secret}",
        "{secret}",
        "Bearer " + "x" * 5_000,
        "Bearer \u00e9\u00ff",
    ],
)
def test_what_is_no_live_key_is_a_401_that_quotes_nothing(
    make_app, redis_url, store, given, caplog
):
    secret, key = store.create("acme-los", SCOPES)
    off = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    header = given.format(secret=secret, digest=key.digest, off=off)
    response = (
        make_app(redis_url)
        .test_client()
        .get(f"/v1/scores/{names.new_score_id()}", headers={"Authorization": header})
    )
    assert (response.status_code, response.json["code"]) == (401, "unauthorized")
    assert secret not in response.text + caplog.text
    assert off not in response.text + caplog.text


def test_an_expired_key_is_a_401(make_app, redis_url, store):
    secret = store.create("acme-los", SCOPES, expires_days=1e-8).secret
    time.sleep(0.01)
    headers = {"Authorization": f"Bearer {secret}"}
    answered = make_app(redis_url).test_client().get("/v1/webhooks", headers=headers)
    assert answered.status_code == 401


def test_without_redis_from_the_start_a_key_cannot_be_judged_and_that_is_a_503(make_app, tmp_path):
    app = make_app(f"unix://{tmp_path}/none.sock")
    headers = {"Authorization": "Bearer ls_00000000_" + "x" * 43}
    answered = app.test_client().get("/v1/webhooks", headers=headers)
    assert (answered.status_code, answered.json["code"]) == (503, "unavailable")


def test_a_client_over_its_limit_is_told_when_to_come_again(make_app, redis_url, store):
    limited = store.create("busy", SCOPES, limit=Limit(0.1, 3)).secret
    free = store.create("calm", SCOPES).secret
    app = make_app(redis_url).test_client()

    def ask(secret):
        return app.get("/v1/webhooks", headers={"Authorization": f"Bearer {secret}"})

    assert [ask(limited).status_code for _ in range(3)] == [200] * 3
    refused = ask(limited)
    assert (refused.status_code, refused.json["code"]) == (429, "rate-limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 10
    assert {ask(free).status_code for _ in range(20)} == {200}


def test_two_keys_of_a_client_share_one_limit(make_app, redis_url, store):
    secrets = [store.create("busy", SCOPES, limit=Limit(0.1, 4)).secret for _ in range(2)]
    app = make_app(redis_url).test_client()
    statuses = [
        app.get("/v1/webhooks", headers={"Authorization": f"Bearer {secrets[n % 2]}"}).status_code
        for n in range(6)
    ]
    assert statuses == [200] * 4 + [429] * 2


def test_a_batch_costs_a_token_an_item(make_app, redis_url, store):
    secret = store.create("busy", SCOPES, limit=Limit(0.1, 10)).secret
    app = make_app(redis_url).test_client()

    def send(items):
        headers = {"Authorization": f"Bearer {secret}"}
        return app.post("/v1/score-batches", json={"items": [BODY] * items}, headers=headers)

    assert send(7).status_code == 202
    assert send(4).status_code == 429
    never = send(11)
    assert (never.status_code, never.json["code"]) == (429, "rate-limited")
    assert "10" in never.json["detail"]


@pytest.fixture
def served_store(own):
    with connect(own.redis_url) as operator:
        yield KeyStore(operator)


def until_status(http, path, status):
    began = time.monotonic()
    while http.get(path).status_code != status:
        assert time.monotonic() - began < 30
        time.sleep(0.05)
    return time.monotonic() - began


def test_keys_are_changed_over_and_revoked_while_the_service_runs(own, served_store, report):
    old = served_store.create("acme-los", SCOPES)
    with Client(own.url, old.secret) as before:
        taken_s = until_status(before, "/v1/webhooks", 200)
        score_id = before.submit(EXAMPLE)
        new = served_store.create("acme-los", SCOPES)
        with Client(own.url, new.secret) as after:
            until_status(after, "/v1/webhooks", 200)
            assert after.wait(score_id) == before.wait(score_id)
            served_store.revoke(old.key.id)
            revoked_s = until_status(before, "/v1/webhooks", 401)
            assert after.poll(score_id)["status"] == "succeeded"
    served_store.revoke(new.key.id)
    report(f"a new API key was taken after {taken_s:.1f} s")
    report(f"a revoked API key was refused after {revoked_s:.1f} s")


def test_another_clients_ids_are_the_same_404_as_unknown_ones(own, served_store):
    mine = served_store.create("mine", SCOPES)
    theirs = served_store.create("theirs", SCOPES)
    with Client(own.url, mine.secret) as me, Client(own.url, theirs.secret) as them:
        until_status(them, "/v1/webhooks", 200)
        score_id = me.submit(EXAMPLE)
        batch_id = me.post("/v1/score-batches", json={"items": [BODY]}).json()["id"]
        for path, unknown in [
            (f"/v1/scores/{score_id}", f"/v1/scores/{names.new_score_id()}"),
            (f"/v1/score-batches/{batch_id}", f"/v1/score-batches/{names.new_batch_id()}"),
        ]:
            for method, suffix in [("GET", ""), ("DELETE", ""), ("POST", "/cancel")]:
                answers = [them.request(method, at + suffix) for at in (path, unknown)]
                shown = [answer.json() | {"instance": "", "request_id": ""} for answer in answers]
                assert [answer.status_code for answer in answers] == [404, 404]
                assert shown[0] == shown[1]
        assert me.wait(score_id)["status"] == "succeeded"


def test_no_key_is_in_any_log(own, served_store):
    made = served_store.create("logged", SCOPES)
    with Client(own.url, made.secret) as http:
        until_status(http, "/v1/webhooks", 200)
        http.get("/v1/scores/unknown")
    with Client(own.url, made.secret[:-1]) as http:
        http.get("/v1/webhooks")
    logs = [path.read_text() for path in own.logs.iterdir()]
    assert logs
    assert [log for log in logs if made.secret[:-1] in log or made.key.digest in log] == []
