"""`/overrides`: an adviser decides otherwise than the score, and a second person settles it.

The forms stand on the page of the score; here is what they do, and the list of those that wait.
"""

from typing import Any

from flask import Response, g, make_response, redirect, render_template, request
from flask_babel import gettext

from api import documents, override_body
from api.override_body import NOTE_LENGTH
from api.overriding import Overriding
from api.pages import once
from api.pages.score import ScorePage
from api.pages.site import Site
from api.problems import Problem
from protocol.overrides import Verdict

#: Overrides in the list of those that wait, the newest first.
LISTED = 50
VERDICTS = {"approve": Verdict.APPROVED, "reject": Verdict.REJECTED}


def add_to(site: Site, overriding: Overriding, page: ScorePage) -> None:
    """Add the routes.

    Args:
        site: to add them to.
        overriding: checks and does it.
        page: shows a score, with what is wrong with a form on it.
    """

    @site.pages.get("/overrides")
    @site.guard.requires("overrides:approve")
    def waiting() -> Response:
        _, records = overriding.waiting(g.owner, LISTED)
        shown = [documents.override(record) | {"score": record["score"]} for record in records]
        return make_response(render_template("overrides.html", waiting=shown))

    @site.pages.post("/scores/<score_id>/overrides")
    @site.guard.requires("overrides:write")
    def override(score_id: str) -> Response:
        given = _given("decision", "reason", "note")
        try:
            asks = override_body.read(override_body.Request, given)
            again = once.idempotency(given)
            overriding.request(score_id, asks, g.owner, g.session.person.actor, again)
        except Problem as problem:
            if problem.code != "invalid-override":
                raise
            return page(score_id, given | {"faults": _said(problem)})
        return make_response(redirect(f"/scores/{score_id}", 303))

    @site.pages.post("/overrides/<override_id>/<verb>")
    @site.guard.requires("overrides:approve")
    def settle(override_id: str, verb: str) -> Response:
        if verb not in VERDICTS:
            raise Problem("not-found", "An override cannot be told that.")
        score_id = overriding.one(override_id, g.owner)["score"]
        given = _given("note")
        try:
            said = override_body.read(override_body.SecondPerson, given)
        except Problem as problem:
            return page(score_id, {"second_faults": _said(problem)})
        actor = g.session.person.actor
        overriding.settle(override_id, VERDICTS[verb], said.note, g.owner, actor)
        return make_response(redirect(f"/scores/{score_id}", 303))


def _given(*fields: str) -> dict[str, Any]:
    return {name: request.form.get(name, "").strip() for name in fields}


def _said(problem: Problem) -> dict[str, str]:
    """Say what is wrong with each field of a form."""
    said = {
        "decision": gettext("Choose a decision."),
        "reason": gettext("Choose a reason that gives grounds for this decision."),
        "note": gettext("Say why, in %(most)s characters at most.", most=NOTE_LENGTH),
    }
    faulty = [fault.pointer.removeprefix("/") for fault in problem.faults]
    return {name: said[name] for name in faulty if name in said}
