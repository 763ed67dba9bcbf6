"""`/sign-in/provider`: a browser is led to the organisation's provider and brings back its word.

The secret that ties both ends together is in the browser's own cookie, so nothing is kept here of
a sign-in that never ends.
"""

import logging
import secrets

from flask import Blueprint, Response, make_response, redirect, request
from flask_babel import gettext

from api.pages.cookies import Cookies
from api.pages.guard import path_after
from api.pages.provider import Identity, NotSignedIn, Proof, Provider, ProviderAway
from api.pages.sessions import Sessions
from api.pages.sign_in import sign_in_page
from protocol.people import People

log = logging.getLogger("loanscore.api")


def add_to(
    pages: Blueprint, provider: Provider, people: People, sessions: Sessions, cookies: Cookies
) -> None:
    """Add the routes.

    Args:
        pages: to add them to.
        provider: that people sign in by.
        people: where those who did are noted.
        sessions: to open.
        cookies: of the browser.
    """

    def back() -> str:
        scheme = "https" if cookies.secure else "http"
        return f"{scheme}://{request.host}/sign-in/callback"

    @pages.get("/sign-in/provider")
    def sign_in_by_provider() -> Response:
        secret, after = secrets.token_urlsafe(32), path_after(request.args.get("next"))
        try:
            where = provider.begin(Proof.of(secret), back())
        except (ProviderAway, NotSignedIn) as error:
            return _away(error)
        response = make_response(redirect(where, 303))
        cookies.begin(response, f"{secret}:{after}")
        return response

    @pages.get("/sign-in/callback")
    def signed_in_by_provider() -> Response:
        secret, _, after = cookies.begun().partition(":")
        response = came_back(secret, path_after(after))
        cookies.end(response)
        return response

    def came_back(secret: str, after: str) -> Response:
        if not secret:
            text = gettext("This sign-in took too long, or began in another browser. Try again.")
            return sign_in_page("", text, 403)
        try:
            told = request.args.to_dict()
            return admitted(provider.end(Proof.of(secret), told, back()), after)
        except ProviderAway as error:
            return _away(error)
        except NotSignedIn as error:
            log.warning("a sign-in by the provider was refused: %s", error)
            text = gettext("Your organisation did not confirm who you are. Try again.")
            return sign_in_page("", text, 403)

    def admitted(identity: Identity, after: str) -> Response:
        if identity.role is None:
            people.revoke(identity.name)
            text = gettext(
                "Your organisation knows you, but gives you no role in this service: adviser, risk"
                " or admin. Ask for one, then sign in again."
            )
            return sign_in_page("", text, 403)
        person = people.admit(identity.name, provider.owner, identity.role, identity.shown)
        sessions.close(cookies.session())
        response = make_response(redirect(after, 303))
        cookies.sign_in(response, sessions.open(person).token)
        return response


def _away(error: Exception) -> Response:
    log.warning("the provider that people sign in by cannot be asked: %s", error)
    text = gettext("The sign-in of your organisation does not answer now; try again in a moment.")
    return sign_in_page("", text, 503)
