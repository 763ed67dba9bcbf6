"""People who sign in by an OpenID Connect provider: a real one, a process on loopback."""

import logging
import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from protocol import names
from protocol.people import People
from protocol.settings import Settings
from tests.conftest import free_port
from tests.oidc_provider import CLIENT, FAULTS, ROLES, SECRET, running

BACK = "http://localhost/sign-in/callback"


@pytest.fixture(scope="module")
def issuer(folder):
    with running(folder, BACK) as issuer:
        yield issuer


def settings(issuer, **more):
    return {
        "oidc_issuer": issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_owner": "acme-bank",
        "oidc_roles": dict(pair.split("=") for pair in ROLES.split(",")),
    } | more


@pytest.fixture
def app(client, redis_url, make_app, issuer):
    return make_app(redis_url, **settings(issuer))


@pytest.fixture
def http(app):
    return app.test_client()


def choose(where, **chosen):
    """Sign in at the provider as a browser does; gives where it sends one back to."""
    assert httpx.get(where).status_code == 200, where
    back = httpx.post(where, data=chosen).headers["Location"]
    assert back.startswith(BACK)
    return back.removeprefix("http://localhost")


def sign_in(http, path="/sign-in/provider", **chosen):
    """The whole way there and back; gives the last answer."""
    begun = http.get(path)
    assert begun.status_code == 303, begun.text
    return http.get(choose(begun.headers["Location"], **chosen))


def session(answer):
    """The cookie of a session that an answer sets, "" when it sets none."""
    cookies = answer.headers.getlist("Set-Cookie")
    return next(
        (one for one in cookies if one.startswith("session=") and "Max-Age=0" not in one), ""
    )


@pytest.mark.parametrize(
    ("user", "role", "pages"),
    [
        ("anna", "adviser", {"/": 200, "/campaigns": 403}),
        ("rita", "risk", {"/campaigns": 200, "/overrides": 200}),  # one group, as a text
        ("adam", "admin", {"/queue": 200}),  # the highest of three
    ],
)
def test_a_person_signs_in_and_has_the_role_of_the_group(http, client, user, role, pages):
    done = sign_in(http, "/sign-in/provider?next=/scores/sc_1", user=user)
    assert (done.status_code, done.headers["Location"]) == (303, "/scores/sc_1")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(session(done).split("; "))
    person = People(client).find(f"oidc:{user}-0001")
    assert (person.role, person.client, person.local) == (role, "acme-bank", False)
    assert person.actor == f"person:oidc:{user}-0001"
    assert {path: http.get(path).status_code for path in pages} == pages
    assert f"<span>{user.title()} Dupont</span>" in http.get("/").text


@pytest.mark.parametrize("user", ["max", "zoe"])
def test_who_has_no_role_is_refused_in_clear_words(http, client, user):
    refused = sign_in(http, user=user)
    assert refused.status_code == 403
    assert "gives you no role in this service" in refused.text
    assert session(refused) == ""
    assert People(client).find(f"oidc:{user}-0001") is None
    french = sign_in(http, user=user) and http.get("/sign-in/callback?lang=fr")
    assert "Recommencez" in french.text


@pytest.mark.parametrize("fault", FAULTS)
def test_an_id_token_with_a_fault_signs_nobody_in(http, client, fault, caplog):
    caplog.set_level(logging.DEBUG)
    answer = sign_in(http, user="anna", fault=fault)
    assert answer.status_code == 403, fault
    assert "did not confirm who you are" in answer.text
    assert session(answer) == ""
    assert client.keys(names.SESSION + "*") == []
    assert client.hlen(names.PEOPLE) == 0
    (said,) = [one for one in caplog.messages if "refused" in one]
    assert "canary" not in said
    assert "eyJ" not in said
    assert sign_in(http, user="anna").status_code == 303  # without it, it works


@pytest.mark.parametrize(
    "change",
    [
        {"state": "x" * 43},
        {"state": ""},
        {"code": ""},
        {"code": "never-given"},
        {"iss": "https://elsewhere.example"},
        {"error": "server_error"},
    ],
)
def test_what_a_browser_brings_back_changed_signs_nobody_in(http, change):
    back = urlsplit(choose(http.get("/sign-in/provider").headers["Location"], user="anna"))
    told = {name: values[0] for name, values in parse_qs(back.query).items()} | change
    answer = http.get(back.path, query_string=told)
    assert (answer.status_code, session(answer)) == (403, "")


def test_a_sign_in_ends_in_the_browser_that_began_it_and_once(app, http):
    back = choose(http.get("/sign-in/provider").headers["Location"], user="anna")
    other = app.test_client()
    assert other.get(back).status_code == 403  # no sign-in is under way there
    other.get("/sign-in/provider")
    assert other.get(back).status_code == 403  # another one is
    # It is not the last word: the one who began it signs in, and nobody after.
    assert http.get(back).status_code == 303
    assert http.get(back).status_code == 403


def test_who_cancels_at_the_provider_is_told(http):
    answer = sign_in(http, user="cancel")
    assert answer.status_code == 403
    assert "did not confirm" in answer.text


def test_a_new_key_of_the_provider_is_fetched(http, issuer):
    assert sign_in(http, user="anna").status_code == 303
    httpx.post(f"{issuer}/rotate")
    assert sign_in(http, user="anna").status_code == 303


def test_another_role_ends_the_sessions_of_the_one_before(http, client):
    assert sign_in(http, user="adam").status_code == 303
    assert http.get("/queue").status_code == 200
    people, name = People(client), "oidc:adam-0001"
    stamp = people.find(name).stamp
    people.admit(name, "acme-bank", "admin", "Adam")
    assert people.find(name).stamp == stamp
    assert http.get("/queue").status_code == 200
    people.admit(name, "acme-bank", "adviser", "Adam")
    assert http.get("/queue").status_code == 303


def test_a_wrong_secret_or_issuer_signs_nobody_in(client, redis_url, make_app, issuer):
    wrong = make_app(redis_url, **settings(issuer, oidc_client_secret="wrong")).test_client()
    assert sign_in(wrong, user="anna").status_code == 403
    slash = make_app(redis_url, **settings(f"{issuer}/")).test_client()  # it calls itself otherwise
    assert slash.get("/sign-in/provider").status_code == 503


def test_a_provider_that_is_away_is_said_to_be(client, redis_url, make_app):
    away = make_app(redis_url, **settings(f"http://127.0.0.1:{free_port()}")).test_client()
    answer = away.get("/sign-in/provider")
    assert answer.status_code == 503
    assert "does not answer now" in answer.text
    assert away.get("/sign-in").status_code == 200


def test_over_https_it_comes_back_by_https(client, redis_url, make_app, issuer):
    secure = make_app(redis_url, **settings(issuer, pages_https=True)).test_client()
    begun = secure.get("/sign-in/provider")
    asked = parse_qs(urlsplit(begun.headers["Location"]).query)
    assert asked["redirect_uri"] == ["https://localhost/sign-in/callback"]
    cookie = begun.headers["Set-Cookie"]
    assert cookie.startswith("__Host-sign-in=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


@pytest.mark.parametrize("after", ["//evil.example", "https://evil.example/", "/a b"])
def test_it_leads_to_no_other_host(http, after):
    done = sign_in(http, f"/sign-in/provider?next={after}", user="anna")
    assert (done.status_code, done.headers["Location"]) == (303, "/")


def test_local_accounts_can_be_switched_off(client, redis_url, make_app, issuer):
    both = make_app(redis_url, **settings(issuer)).test_client()
    page = both.get("/sign-in?next=/queue").text
    assert 'href="/sign-in/provider?next=/queue"' in page
    assert 'name="password"' in page
    alone = make_app(redis_url, **settings(issuer, local_accounts=False)).test_client()
    page = alone.get("/sign-in").text
    assert 'href="/sign-in/provider"' in page
    assert 'name="password"' not in page
    form = {"name": "anna", "password": "correct horse battery"}
    refused = alone.post("/sign-in", data=form, headers={"Origin": "http://localhost"})
    assert refused.status_code == 403
    assert sign_in(alone, user="anna").status_code == 303
    neither = make_app(redis_url).test_client()
    assert "/sign-in/provider" not in neither.get("/sign-in").text
    assert neither.get("/sign-in/provider").status_code == 404


def test_a_session_ends_with_the_way_it_began(client, redis_url, make_app, issuer):
    by_provider = make_app(redis_url, **settings(issuer)).test_client()
    done = sign_in(by_provider, user="anna")
    token = re.match("session=([^;]+)", session(done))[1]
    without = make_app(redis_url).test_client()
    without.set_cookie("session", token)
    assert without.get("/").status_code == 303
    assert client.keys(names.SESSION + "*") == []


def test_what_the_settings_need_of_one_another_is_named(tmp_path):
    given = {
        "LOANSCORE_OIDC_ISSUER": "https://id.example",
        "LOANSCORE_OIDC_CLIENT_ID": CLIENT,
        "LOANSCORE_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        "LOANSCORE_OIDC_OWNER": "acme-bank",
        "LOANSCORE_OIDC_ROLES": "a:b=adviser, x/y=risk",
    }
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    read = Settings.read(given)
    assert read.oidc_roles == {"a:b": "adviser", "x/y": "risk"}
    assert read.oidc_client_secret == SECRET
    assert SECRET not in repr(read)
    for name in given:
        if name != "LOANSCORE_OIDC_ISSUER":
            left = {one: value for one, value in given.items() if one != name}
            with pytest.raises(Exception, match=f"needs {name.removesuffix('_FILE')}"):
                Settings.read(left)
    for wrong in (
        {"LOANSCORE_OIDC_OWNER": "acme-bank"},
        {"LOANSCORE_LOCAL_ACCOUNTS": "false"},
        given | {"LOANSCORE_OIDC_ROLES": "a=owner"},
        given | {"LOANSCORE_OIDC_ROLES": "adviser"},
        given | {"LOANSCORE_OIDC_ISSUER": "http://id.example"},
        given | {"LOANSCORE_OIDC_CLIENT_SECRET": SECRET},
    ):
        with pytest.raises(Exception, match="LOANSCORE_") as caught:
            Settings.read(wrong)
        assert SECRET not in str(caught.value)


def test_the_provider_s_people_are_no_local_accounts(client):
    people = People(client)
    with pytest.raises(Exception, match="no local accounts"):
        people.create("oidc:anna-0001", "acme-bank", "adviser", "scrypt:32768:8:3$salt$00")
    made = people.admit("oidc:anna-0001", "acme-bank", "adviser", "Anna")
    assert people.all() == [made]
    assert people.revoke("oidc:anna-0001")
