"""`/campaigns`: the campaigns of a client, and the form that begins one."""

from typing import Any, NamedTuple

from flask import Response, g, make_response, redirect, render_template, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from api import acceptance
from api.campaigns import document, files
from api.campaigns.intake import Intake
from api.found import campaign
from api.pages import guard, portfolio_words
from api.pages.portfolio_words import Said
from api.pages.site import Site
from api.pressure import Pressure
from api.problems import PROBLEMS, Problem
from api.queue import Doorbell
from protocol import names
from protocol.application import FIELDS
from protocol.campaigns import Campaigns
from protocol.ledger import Record

#: Campaigns in the list, the newest first.
LISTED = 50
#: Parts of the form beside the file: what is left empty is not asked for.
OPTIONS = (
    "name",
    "reference",
    "decimal",
    "previous_pd",
    "previous_grade",
    "compare_with",
    *(f"columns.{field.name}" for field in FIELDS),
)


class Desk(NamedTuple):
    """What a campaign takes."""

    campaigns: Campaigns
    doorbell: Doorbell
    pressure: Pressure
    intake: Intake

    def owned(self, campaign_id: str) -> Record:
        """Read a campaign of the person's client.

        Raises:
            Problem: not-found or gone.
        """
        return campaign(self.campaigns, campaign_id, g.owner)

    def shown(self, campaign_id: str, record: Record) -> dict[str, Any]:
        """Give a campaign as the API does."""
        kinds = files.there(self.intake.folder(campaign_id), record)
        return document.campaign(campaign_id, record, kinds)

    def listed(self) -> list[dict[str, Any]]:
        """List the campaigns of the person's client, the newest first."""
        page = self.campaigns.listed(g.owner, LISTED)
        records = self.campaigns.read_all([one.id for one in page])
        return [
            self.shown(one.id, record)
            for one, record in zip(page, records, strict=True)
            if isinstance(record, dict)
        ]

    def begin(self) -> str:
        """Take in the file of the current request, and let its campaign wait; gives the id.

        Raises:
            Problem: as `POST /v1/campaigns`, or forbidden.
            RequestEntityTooLarge: the file is too large.
        """
        self.pressure.admit()
        campaign_id = names.new_campaign_id()
        taken = self.intake.take_form(campaign_id, _asked)
        accepted = self.campaigns.create(campaign_id, g.owner, taken.fields(), None)
        if accepted.id != campaign_id:
            self.intake.discard(campaign_id)
        acceptance.settle(accepted, self.doorbell)
        return accepted.id


def add_to(site: Site, desk: Desk) -> None:
    """Add the routes."""

    def page(fault: Said | None = None, status: int = 200) -> Response:
        listed = desk.listed()
        shown = render_template(
            "campaigns.html",
            campaigns=listed,
            comparable=[one for one in listed if "results" in one["files"]],
            fault=fault,
            fields=FIELDS,
            typed=g.get("typed", {}),
        )
        return make_response(shown, status)

    @site.pages.get("/campaigns")
    @site.guard.requires("campaigns")
    def campaigns() -> Response:
        return page()

    @site.pages.post("/campaigns")
    @site.guard.requires("campaigns", streamed=True)
    def begin() -> Response:
        try:
            where = f"/campaigns/{desk.begin()}"
        except RequestEntityTooLarge:
            return page(Said(gettext("The file is larger than this service takes.")), 413)
        except Problem as problem:
            if problem.code == "forbidden":
                raise
            return page(_said(problem), PROBLEMS[problem.code][0])
        if "HX-Request" in request.headers:
            return Response(status=204, headers={"HX-Redirect": where})
        return make_response(redirect(where, 303))


def _asked(parts: MultiDict[str, str]) -> MultiDict[str, str]:
    """Give the options among the parts of a form, once its token is seen to be right.

    They are kept in `g.typed` for the page to show again.
    """
    guard.check_token(parts.get("csrf", ""))
    given = {name: parts.get(name, "").strip() for name in OPTIONS}
    g.typed = {name: text for name, text in given.items() if text}
    return MultiDict(g.typed)


def _said(problem: Problem) -> Said:
    if problem.code == "malformed-body":
        return Said(gettext("Choose a file."))
    code = problem.faults[0].code if problem.faults else problem.code
    return portfolio_words.whole(code, problem.detail)
