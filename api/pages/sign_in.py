"""`/sign-in`, `/sign-out`: who a person is, found out slowly and not too often."""

import re
import threading

import redis
from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask_babel import gettext
from werkzeug.security import check_password_hash, generate_password_hash

from api.pages.cookies import Cookies
from api.pages.guard import check_origin, path_after
from api.pages.sessions import Sessions
from api.problems import Problem
from protocol import names
from protocol.bucket import Bucket
from protocol.key import Limit
from protocol.people import People
from protocol.person import HASHING, LONGEST, NAME, Person

#: Sign-ins with one name: ten at once, then one in 30 s.
LIMIT = Limit(1 / 30, 10)
#: Passwords hashed at once: each takes a core for a while, and callers need the others.
AT_ONCE = 2
#: What the password of an unknown name is compared with, so that it takes as long as a known one's.
_NOBODY = f"{HASHING}$nobody${'0' * 128}"
#: A sign-in waits this long for its turn, s.
TURN_S = 5


class Desk:
    """Tells who has which password, in the same time for who is not there.

    Args:
        client: of the Redis with the people.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._people = People(client)
        self._bucket = Bucket(client)
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def admits(self, name: str) -> bool:
        """Take a token of a name; False when too many sign-ins were tried with it."""
        return self._bucket.take(names.SIGN_IN + name, LIMIT) == 0

    def identify(self, name: str, password: str) -> Person | None:
        """Find the person of a name and a password; None when they do not belong together."""
        person = self._people.find(name)
        hashed = person.hash if person else _NOBODY
        if not self._turns.acquire(timeout=TURN_S):
            return None
        try:
            known = check_password_hash(hashed, password)
            if person and known and not person.hash.startswith(f"{HASHING}$"):
                renewed = generate_password_hash(password, HASHING)
                self._people.set_hash(person, renewed, stay=True)
        finally:
            self._turns.release()
        return person if known else None


def add_to(
    pages: Blueprint, client: redis.Redis, sessions: Sessions, cookies: Cookies, *, local: bool
) -> None:
    """Add the routes.

    Args:
        pages: to add them to.
        client: of the Redis with the people.
        sessions: to open and close.
        cookies: of the browser.
        local: whether people may sign in by a password.
    """
    desk = Desk(client)

    @pages.get("/sign-in")
    def sign_in() -> Response:
        return sign_in_page("", "")

    @pages.post("/sign-in")
    def signed_in() -> Response:
        check_origin()
        if not local:
            raise Problem("forbidden", "People sign in by their organisation alone.")
        name, password = request.form.get("name", "").strip(), request.form.get("password", "")
        if not _plausible(name, password):
            return _refused(name)
        if not desk.admits(name):
            text = gettext("Too many attempts with this name. Wait half a minute and try again.")
            return sign_in_page(name, text, 429)
        person = desk.identify(name, password)
        if person is None:
            return _refused(name)
        sessions.close(cookies.session())
        response = make_response(redirect(path_after(request.form.get("next")), 303))
        cookies.sign_in(response, sessions.open(person).token)
        return response

    @pages.post("/sign-out")
    def signed_out() -> Response:
        check_origin()
        sessions.close(cookies.session())
        response = make_response(redirect("/sign-in", 303))
        cookies.sign_out(response)
        return response


def _plausible(name: str, password: str) -> bool:
    return bool(re.fullmatch(NAME, name)) and 0 < len(password) <= LONGEST


def _refused(name: str) -> Response:
    return sign_in_page(name, gettext("Name and password do not belong together."), 422)


def sign_in_page(name: str, fault: str, status: int = 200) -> Response:
    """Answer with the page to sign in at.

    Args:
        name: that was typed.
        fault: what is wrong, "" when nothing is.
        status: of the answer.
    """
    after = path_after(request.values.get("next"))
    return make_response(
        render_template("sign-in.html", name=name, fault=fault, after=after), status
    )
