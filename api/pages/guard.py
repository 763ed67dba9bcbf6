"""Who may see a page: every page but the sign-in asks for a session, every form for more."""

import hmac
import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import quote, urlsplit

from flask import Response, g, make_response, redirect, request

from api.pages.cookies import Cookies
from api.pages.sessions import Sessions
from api.problems import Problem

#: Where a sign-in may lead to: a path of ours, never another host.
_PATH = re.compile(r"/(?:[a-z0-9_-]+(?:/[a-z0-9_-]+)*)?")

P = ParamSpec("P")


class Guard:
    """Lets a view be called by people alone.

    Args:
        sessions: who is signed in.
        cookies: where the token is.
    """

    def __init__(self, sessions: Sessions, cookies: Cookies) -> None:
        self._sessions = sessions
        self._cookies = cookies

    def requires(
        self, scope: str, *, streamed: bool = False
    ) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
        """Let a view be called only by a person whose role allows the scope.

        The view finds the session in `g.session` and the client in `g.owner`. Whoever is not
        signed in is sent to sign in.

        Args:
            scope: of `protocol.key.SCOPES`.
            streamed: whether the view reads the form itself, and calls `check_token`.
        """

        def declare(view: Callable[P, Response]) -> Callable[P, Response]:
            @wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
                session = self._sessions.find(self._cookies.session())
                if session is None:
                    return _to_sign_in()
                g.session, g.owner = session, session.person.client
                if not session.person.may(scope):
                    raise Problem("forbidden", "Your role does not allow this page.")
                if request.method == "POST":
                    check_origin()
                    if not streamed:
                        check_token(request.form.get("csrf", ""))
                return view(*args, **kwargs)

            return guarded

        return declare


def check_origin() -> None:
    """Make sure that a page of ours sent the form: the browser tells, no page can forge it.

    Raises:
        Problem: forbidden.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    if site != "same-origin" if site else origin != request.host:
        raise Problem("forbidden", "The form did not come from a page of this service.")


def check_token(given: str) -> None:
    """Make sure that a form was made for this session.

    Args:
        given: what came with it.
    Raises:
        Problem: forbidden.
    """
    if not hmac.compare_digest(given.encode(), g.session.csrf.encode()):
        raise Problem("forbidden", "The form is from another session; open the page again.")


def path_after(given: str | None) -> str:
    """Read where to go after the sign-in.

    >>> path_after("/queue"), path_after("//evil.example/"), path_after(None)
    ('/queue', '/', '/')
    """
    return given if given and _PATH.fullmatch(given) else "/"


def _to_sign_in() -> Response:
    after = request.path if request.method == "GET" else "/"
    where = "/sign-in" if after == "/" else f"/sign-in?next={quote(after)}"
    if "HX-Request" in request.headers:  # htmx would put the page it is sent to into a part of ours
        return Response(status=204, headers={"HX-Redirect": where})
    return make_response(redirect(where, 303))
