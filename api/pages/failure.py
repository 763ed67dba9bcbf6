"""How pages fail: as a page, with the code that the API would answer."""

import logging

from flask import Blueprint, Response, g, make_response, render_template
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from api.problems import PROBLEMS, Problem
from protocol.errors import LedgerUnavailable

log = logging.getLogger("loanscore.api")


def register(pages: Blueprint) -> None:
    """Answer every error of a page with a page."""

    def on_http(error: HTTPException) -> Response:
        return _page(error.code or 500, "body-too-large" if error.code == 413 else "not-found")

    def on_ledger(_: LedgerUnavailable) -> Response:
        return _page(503, "unavailable")

    def on_bug(error: Exception) -> Response:
        # Only the type: a traceback's values could be an applicant's.
        log.error("request %s: %s", g.request_id, type(error).__name__)
        return _page(500, "internal-error")

    pages.register_error_handler(Problem, problem_page)
    pages.register_error_handler(HTTPException, on_http)
    pages.register_error_handler(LedgerUnavailable, on_ledger)
    pages.register_error_handler(Exception, on_bug)


def problem_page(problem: Problem) -> Response:
    """Answer with the page of a problem."""
    return _page(PROBLEMS[problem.code][0], problem.code)


def _page(status: int, code: str) -> Response:
    heading, text = _words(status)
    shown = render_template("error.html", heading=heading, text=text, code=code)
    return make_response(shown, status)


def _words(status: int) -> tuple[str, str]:
    said = {
        403: (
            gettext("This is not for you"),
            gettext("Your role does not allow it, or the form is from another session."),
        ),
        404: (gettext("Not found"), gettext("Nothing is here, or it is not yours.")),
        409: (gettext("Too late"), gettext("Its state does not allow this any more.")),
        410: (gettext("It is gone"), gettext("It was here, and was erased or its time was up.")),
        500: (gettext("Something broke"), gettext("The fault is ours and was noted.")),
        503: (
            gettext("Not now"),
            gettext("The service cannot do this now; try again in a moment."),
        ),
    }
    other = gettext("This cannot be taken"), gettext("What was sent cannot be used.")
    return said.get(status, other)
