"""Who may see a page: sign-in, sessions, forms of other sites, roles."""

import json
import re

import pytest
from werkzeug.security import generate_password_hash

from api.app import create_app
from api.pages.sessions import Sessions
from protocol import names
from protocol.ledger import connect
from protocol.people import People
from protocol.settings import Settings
from tests.api.pages.conftest import field
from tests.conftest import PASSWORD

NOBODY = "Name and password do not belong together."


def sign_in(visitor, name, password=PASSWORD, **more):
    return visitor.post("/sign-in", data={"name": name, "password": password} | more)


@pytest.fixture
def redis(service):
    with connect(service.redis_url) as client:
        yield client


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(visit, people):
    visitor = visit()
    sent = visitor.get("/scores/sc_1")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/sign-in?next=/scores/sc_1")
    page = visitor.get(sent.headers["Location"])
    done = sign_in(visitor, people["adviser"].name, next=field(page, "next"))
    assert (done.status_code, done.headers["Location"]) == (303, "/scores/sc_1")
    assert visitor.get("/").status_code == 200
    part = visit().get("/", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, "/sign-in")


@pytest.mark.parametrize("name", ["adviser-one", "nobody", "", "ANNA'; --", "a" * 5_000, "é"])
def test_a_wrong_password_and_an_unknown_name_are_answered_alike(visit, name):
    answer = sign_in(visit(), name, "wrong horse battery")
    assert answer.status_code == 422
    assert NOBODY in answer.text
    assert "Set-Cookie" not in answer.headers
    assert "wrong horse" not in answer.text


@pytest.mark.parametrize(
    "after", ["//evil.example", "https://evil.example/", "/\\evil", "/a b", ""]
)
def test_a_sign_in_leads_to_no_other_host(visit, people, after):
    done = sign_in(visit(), people["adviser"].name, next=after)
    assert (done.status_code, done.headers["Location"]) == (303, "/")


def test_the_cookie_is_new_at_each_sign_in_and_kept_from_scripts(visit, stranger, redis):
    visitor = visit()
    visitor.cookies.set("session", "chosen-by-somebody-else", domain=visitor.base_url.host)
    seen = set()
    for _ in range(2):
        cookie = sign_in(visitor, stranger.name).headers["Set-Cookie"]
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Secure" not in cookie  # this service is on plain http, on loopback
        seen.add(visitor.cookies["session"])
    assert "chosen-by-somebody-else" not in seen
    assert [visit_with(visit, token) for token in seen] == [
        200 if token == visitor.cookies["session"] else 303 for token in seen
    ]
    keys = " ".join(redis.keys(names.SESSION + "*"))
    assert [token for token in seen if token in keys] == []


def visit_with(visit, token):
    visitor = visit()
    visitor.cookies.set("session", token, domain=visitor.base_url.host)
    return visitor.get("/").status_code


def test_over_https_the_cookie_is_bound_to_the_host_and_the_browser_to_https(redis_url, make_app):
    assert Settings(host="192.0.2.1").https
    assert not Settings(host="192.0.2.1", pages_https=False).https
    app = make_app(redis_url, pages_https=True)
    with connect(redis_url) as client:
        client.delete(names.PEOPLE)
        People(client).create(
            "anna", "local", "adviser", generate_password_hash(PASSWORD, "scrypt:1024:8:1")
        )
        with app.test_client() as http:
            answer = http.post(
                "/sign-in",
                data={"name": "anna", "password": PASSWORD},
                headers={"Origin": "http://localhost"},
            )
            cookie = answer.headers["Set-Cookie"]
            assert cookie.startswith("__Host-session=")
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
            assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
        # the hash was an old one: it is renewed while the password is at hand, sessions go on
        renewed = People(client).find("anna")
        assert renewed.hash.startswith("scrypt:32768:8:3$")
        client.delete(names.PEOPLE)


def test_signing_out_ends_the_session_on_the_server(visit):
    visitor = visit("adviser")
    assert visitor.get("/").status_code == 200
    token = visitor.cookies["session"]
    assert visitor.send_form("/sign-out").headers["Location"] == "/sign-in"
    visitor.cookies.set("session", token, domain=visitor.base_url.host)
    assert visitor.get("/").status_code == 303


def test_a_revoked_person_and_one_with_a_new_password_are_signed_out(service, redis, stranger):
    people, sessions = People(redis), Sessions(redis, service.settings)
    for end in (
        lambda: people.set_hash(stranger, stranger.hash),
        lambda: people.revoke(stranger.name),
    ):
        session = sessions.open(people.find(stranger.name))
        assert sessions.find(session.token)
        end()
        assert sessions.find(session.token) is None


def test_a_session_ends_when_nothing_is_done_and_at_the_latest(service, redis, stranger):
    settings = service.settings.model_copy(
        update={"session_idle_s": 1_800, "session_longest_s": 3_600}
    )
    sessions = Sessions(redis, settings)
    before = set(redis.keys(names.SESSION + "*"))
    session = sessions.open(stranger)
    (key,) = set(redis.keys(names.SESSION + "*")) - before
    assert 1_790_000 < redis.pttl(key) <= 1_800_000
    redis.pexpire(key, 5_000)
    assert sessions.find(session.token)
    assert 1_790_000 < redis.pttl(key) <= 1_800_000  # what was done began the time anew
    kept = json.loads(redis.get(key))
    redis.set(key, json.dumps(kept | {"opened_ms": kept["opened_ms"] - 3_000_000}))
    assert sessions.find(session.token)
    assert 590_000 < redis.pttl(key) <= 600_000  # but no longer than all in all
    redis.set(key, json.dumps(kept | {"opened_ms": kept["opened_ms"] - 3_600_000}))
    assert sessions.find(session.token) is None
    assert not redis.exists(key)


def test_too_many_attempts_with_one_name_are_stopped_and_others_go_on(
    visit, stranger, people, redis
):
    visitor = visit()
    redis.hset(names.RATE + names.SIGN_IN + stranger.name, mapping={"tokens": 2, "at_us": "9e15"})
    answers = [sign_in(visitor, stranger.name, "wrong horse battery") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert sign_in(visitor, stranger.name).status_code == 429  # with the right one too
    assert sign_in(visitor, people["risk"].name).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_of_another_site_is_refused(visit, people, headers):
    signed_in = {"name": people["adviser"].name, "password": PASSWORD}
    for path, form in (("/sign-in", signed_in), ("/sign-out", {})):
        answer = visit("adviser").post(path, data=form, headers=headers)
        assert answer.status_code == 403, path
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("csrf", ["", "x" * 43, "é"])
def test_a_form_without_the_sessions_own_token_is_refused(visit, csrf):
    visitor = visit("adviser")
    assert visitor.send_form("/", csrf=csrf).status_code == 403
    visitor.csrf = visit("adviser").csrf  # of another session
    assert visitor.send_form("/").status_code == 403


def test_pages_load_from_here_alone_and_are_framed_by_nobody(visit):
    for visitor, path in ((visit(), "/sign-in"), (visit("adviser"), "/")):
        page = visitor.get(path)
        policy = dict(
            part.split(maxsplit=1) for part in page.headers["Content-Security-Policy"].split("; ")
        )
        assert policy.pop("default-src") == "'none'"
        assert policy.pop("frame-ancestors") == policy.pop("base-uri") == "'none'"
        assert set(policy.values()) == {"'self'"}
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert "style=" not in page.text
        assert "<style" not in page.text
        assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)
        assert not re.search(r"\son\w+=", page.text)


def test_files_of_pages_are_kept_by_the_browser_and_nothing_else_is_served(visit):
    visitor = visit()
    paths = re.findall(r'"(/assets/[^"]+)"', visitor.get("/sign-in").text)
    assert len(paths) == 4
    for path in paths:
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    for path in ("/assets/0123456789abcdef/pages.css", "/assets/0123456789abcdef/..%2Fapp.py"):
        assert visitor.get(path).status_code == 404


def test_a_redis_that_is_away_is_a_page_with_503(tmp_path):
    app = create_app(Settings(redis_url=f"unix://{tmp_path}/none.sock"))
    with app.test_client() as http:
        http.set_cookie("session", "x")
        answer = http.get("/")
    app.extensions["loanscore.keys"].close()
    assert answer.status_code == 503
    assert "<h1>Not now</h1>" in answer.text
