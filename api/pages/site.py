"""What all pages share: who may see them, what each is sent with, and its links to the others."""

from collections.abc import Callable
from typing import Any

import redis
from flask import Blueprint, Flask, Response, g, request
from flask_babel import gettext

from api.pages import assets, failure, language, provider_sign_in, sign_in, words
from api.pages.cookies import Cookies
from api.pages.guard import Guard
from api.pages.provider import Provider
from api.pages.sessions import Sessions
from protocol.people import People
from protocol.settings import Settings

#: A page loads scripts, styles and pictures from here alone, and none stands in the page itself.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: A browser comes by https alone for this long, s (two years).
_HSTS_S = 63_072_000


class Site:
    """The blueprint of the pages, for the pages to add themselves to.

    Args:
        app: the application.
        client: of the Redis with people and sessions.
        settings: whether the pages are reached by https, and how long a session lasts.
    """

    def __init__(self, app: Flask, client: redis.Redis, settings: Settings) -> None:
        self.pages = Blueprint("pages", __name__, template_folder="templates")
        cookies = Cookies(secure=settings.https)
        sessions = Sessions(client, settings)
        self.guard = Guard(sessions, cookies)
        language.register(app, cookies, settings.currency)
        sign_in.add_to(self.pages, client, sessions, cookies, local=settings.local_accounts)
        if settings.oidc_issuer is not None:
            provider_sign_in.add_to(
                self.pages, Provider(settings), People(client), sessions, cookies
            )
        assets.add_to(self.pages)
        failure.register(self.pages)
        ways = {"local": settings.local_accounts, "provider": settings.oidc_issuer is not None}
        self.pages.app_context_processor(lambda: _named() | {"ways": ways})
        self.pages.after_request(_finisher(cookies))


def _finisher(cookies: Cookies) -> Callable[[Response], Response]:
    def finish(response: Response) -> Response:
        asked = request.args.get("lang", "")
        if asked in language.LANGUAGES:
            cookies.choose(response, asked)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        # With no-referrer a browser would hide the origin of our own forms too.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Vary"] = "Cookie, Accept-Language"
        if cookies.secure:
            response.headers["Strict-Transport-Security"] = f"max-age={_HSTS_S}"
        return response

    return finish


def _named() -> dict[str, Any]:
    return {
        "labels": words.labels(),
        "language": language.language(),
        "languages": language.LANGUAGES,
        "nav": _nav,
    }


def _nav() -> list[tuple[str, str]]:
    """List path and name of each page that the person may see."""
    pages = [
        ("scores:write", "/", gettext("Score")),
        ("overrides:approve", "/overrides", gettext("Overrides")),
        ("campaigns", "/campaigns", gettext("Campaigns")),
        ("campaigns", "/queue", gettext("Queue")),
        ("scores:read", "/model", gettext("Model")),
    ]
    return [(path, name) for scope, path, name in pages if g.session.person.may(scope)]
