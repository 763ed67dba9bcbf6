"""`/`: an adviser types one application and reads its answer; `/scores/{id}` shows it again.

It goes the way of `api.scores`: the ledger accepts, a worker scores, the page waits.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Response, g, make_response, render_template, request
from flask_babel import gettext

from api import acceptance, documents, found
from api.overriding import Overriding
from api.pages import application_form, once
from api.pages.application_form import ApplicationForm
from api.pages.site import Site
from api.pressure import Pressure
from api.problems import PROBLEMS, Problem
from api.questions import Questions
from api.queue import Doorbell
from api.submission import Submission
from api.waiting import Waiting
from protocol import names
from protocol.errors import LedgerUnavailable
from protocol.ledger import Ledger
from protocol.states import FINAL

#: A page waits this long for the answer, s; then it comes without, and looks again by itself.
WAIT_S = 2

Document = dict[str, Any]
#: Shows the score of an id, with what was typed into a form on its page and is faulty.
ScorePage = Callable[[str, Document], Response]


class Counter(NamedTuple):
    """What a score takes."""

    ledger: Ledger
    doorbell: Doorbell
    waiting: Waiting
    pressure: Pressure
    questions: Questions
    overriding: Overriding
    #: the policy's, safest first
    grades: list[str]
    #: ISO 4217 code
    currency: str

    def submit(self, submitted: Submission) -> str:
        """Have an application scored, once however often its form is sent; gives the id.

        Args:
            submitted: checked.
        Raises:
            Problem: overloaded.
            LedgerUnavailable: nothing is known of it.
        """
        self.pressure.admit()
        job = submitted.job(names.new_score_id())
        accepted = self.ledger.accept(
            [job],
            g.owner,
            idempotency=once.idempotency(submitted.model_dump()),
            actor=g.session.person.actor,
        )
        acceptance.settle(accepted, self.doorbell)
        return accepted.id

    def answer(self, score_id: str) -> Document:
        """Give a score, and what would change it, as soon as they are there.

        Raises:
            Problem: not-found or gone.
        """
        score = self.waiting.until(
            score_id, WAIT_S, lambda: self._read(score_id), lambda seen: seen["status"] in FINAL
        )
        result = score["result"]
        declined = result is not None and result["decision"] != "approve"
        return {
            **score,
            "what_if": self._what_if(score_id) if declined else None,
            "overrides": [documents.override(one) for one in self.overriding.of(score_id)],
        }

    def _read(self, score_id: str) -> Document:
        return documents.score(score_id, found.score(self.ledger, score_id, g.owner))

    def _what_if(self, score_id: str) -> Document | None:
        """Ask what would have it approved; None when nobody answers in time."""
        try:
            return self.questions.answer(names.WHAT_IF, score_id, g.owner, wait_s=WAIT_S)
        except (Problem, LedgerUnavailable):
            return None


def add_to(site: Site, counter: Counter) -> ScorePage:
    """Add the routes; gives what shows a score with what was typed into a form below it."""

    def page(
        form: ApplicationForm,
        score: Document | None = None,
        fault: str = "",
        status: int = 200,
        typed: Document | None = None,
    ) -> Response:
        shown = render_template(
            "score.html",
            form=form,
            score=score,
            fault=fault,
            here=f"/scores/{score['id']}" if score else "/",
            once=once.new(),
            grades=counter.grades,
            final=score is not None and score["status"] in FINAL,
            rules=counter.overriding.rules,
            typed=typed or {},
        )
        return make_response(shown, status)

    @site.pages.get("/")
    @site.guard.requires("scores:write")
    def counter_page() -> Response:
        filled = "example" in request.args
        fill = application_form.example if filled else application_form.blank
        return page(fill(counter.currency))

    @site.pages.post("/")
    @site.guard.requires("scores:write")
    def submit() -> Response:
        form = application_form.read(request.form, counter.currency)
        if form.submitted is None:
            return page(form, status=422)
        try:
            score_id = counter.submit(form.submitted)
            return page(form, counter.answer(score_id))
        except (Problem, LedgerUnavailable) as error:
            code = error.code if isinstance(error, Problem) else "unavailable"
            text = gettext("The service cannot take this now; what you typed is kept. Try again.")
            return page(form, fault=text, status=PROBLEMS[code][0])

    @site.pages.get("/scores/<score_id>")
    @site.guard.requires("scores:read")
    def score(score_id: str) -> Response:
        return page(application_form.blank(counter.currency), counter.answer(score_id))

    def again(score_id: str, typed: Document) -> Response:
        form = application_form.blank(counter.currency)
        return page(form, counter.answer(score_id), status=422, typed=typed)

    return again
