"""The cookies: the session's, the one of a sign-in under way, the language that was chosen."""

from flask import Response, request

#: A chosen language is remembered this long, s.
_YEAR_S = 31_536_000
#: A sign-in by the provider takes this long at most, s.
_SIGN_IN_S = 600


class Cookies:
    """Reads and writes them.

    Args:
        secure: whether the pages are reached by https; then no other host or path can have set the
            session's cookie (the prefix `__Host-`) and it is never sent in the clear.
    """

    def __init__(self, *, secure: bool) -> None:
        self.secure = secure
        self._name = "__Host-session" if secure else "session"
        self._begun = "__Host-sign-in" if secure else "sign-in"

    def session(self) -> str:
        """Read the session's token, "" when there is none."""
        return request.cookies.get(self._name, "")

    def sign_in(self, response: Response, token: str) -> None:
        """Keep a token until the browser is closed: the session ends by itself anyway."""
        self._set(response, self._name, token, None)

    def sign_out(self, response: Response) -> None:
        """Forget the token."""
        self._set(response, self._name, "", 0)

    def begun(self) -> str:
        """Read what a sign-in by the provider began with, "" when there is none under way."""
        return request.cookies.get(self._begun, "")

    def begin(self, response: Response, value: str) -> None:
        """Keep what a sign-in by the provider begins with."""
        self._set(response, self._begun, value, _SIGN_IN_S)

    def end(self, response: Response) -> None:
        """Forget it."""
        self._set(response, self._begun, "", 0)

    def language(self) -> str:
        """Read the language that was chosen, "" when none was."""
        return request.cookies.get("language", "")

    def choose(self, response: Response, language: str) -> None:
        """Remember a language."""
        self._set(response, "language", language, _YEAR_S)

    def _set(self, response: Response, name: str, value: str, max_age: int | None) -> None:
        # Lax: with Strict, a link to a score in a mail would lead to the sign-in.
        response.set_cookie(
            name,
            value,
            max_age=max_age,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Lax",
        )
