"""`/v1/campaigns`: submit a portfolio, follow, turn and erase a campaign, fetch its files.

The route of a submission: `api.campaigns.intake` stores it and looks at its header,
`protocol.campaigns` accepts it, `api.queue` rings; `worker.campaigns` does the rest.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g
from flask_babel import force_locale

from api import acceptance, asked, paging
from api.campaigns import document, files
from api.campaigns.intake import Intake
from api.found import campaign
from api.keys import Keys
from api.pressure import Pressure
from api.problems import Problem
from api.queue import Doorbell
from protocol import names
from protocol.campaigns import Campaigns, Listed
from protocol.ledger import Record

#: What a campaign can be told -> the states it is in afterwards if that was in time.
TURNS = {
    "pause": {"paused"},
    "resume": {"queued", "validating", "running", "finalizing", "succeeded"},
}


def blueprint(
    campaigns: Campaigns, doorbell: Doorbell, keys: Keys, pressure: Pressure, intake: Intake
) -> Blueprint:
    """Build the routes."""
    routes = Blueprint("campaigns", __name__, url_prefix="/v1/campaigns")

    def owned(campaign_id: str) -> Record:
        return campaign(campaigns, campaign_id, g.owner)

    def shown(campaign_id: str, record: Record) -> dict[str, Any]:
        kinds = files.there(intake.folder(campaign_id), record)
        return document.campaign(campaign_id, record, kinds)

    def answer(campaign_id: str, record: Record) -> Response:
        response = acceptance.as_json(shown(campaign_id, record))
        if not document.settled(record):
            response.headers["Retry-After"] = "1"
        return response

    def turn(campaign_id: str, what: str) -> Record:
        owned(campaign_id)
        turned = campaigns.turn(campaign_id, what)
        if turned and turned[1]:
            doorbell.ring()
        return owned(campaign_id)

    @routes.post("")
    @keys.requires("campaigns")
    def submit() -> Response:
        asked.key()  # before anything is stored
        pressure.admit()
        campaign_id = names.new_campaign_id()
        taken = intake.take(campaign_id)
        accepted = campaigns.create(
            campaign_id, g.owner, taken.fields(), asked.idempotency(taken.meaning())
        )
        if accepted.id != campaign_id:
            intake.discard(campaign_id)
        acceptance.settle(accepted, doorbell)
        return acceptance.queued(accepted, f"/v1/campaigns/{accepted.id}")

    @routes.get("")
    @keys.requires("campaigns")
    def index() -> Response:
        limit, after = paging.limit(), paging.after()
        page = campaigns.listed(g.owner, limit, Listed(*after) if after else None)
        records = campaigns.read_all([one.id for one in page])
        items = [
            shown(one.id, record)
            for one, record in zip(page, records, strict=True)
            if isinstance(record, dict)
        ]
        return acceptance.as_json({"items": items, "next": paging.cursor(page, limit)})

    @routes.get("/<campaign_id>")
    @keys.requires("campaigns")
    def poll(campaign_id: str) -> Response:
        return answer(campaign_id, owned(campaign_id))

    @routes.post("/<campaign_id>/cancel")
    @keys.requires("campaigns")
    def cancel(campaign_id: str) -> Response:
        record = turn(campaign_id, "cancel")
        if record["state"] != "cancelled":
            raise Problem("already-final", f"It is {record['state']} and stays so.")
        return answer(campaign_id, record)

    @routes.post("/<campaign_id>/pause")
    @keys.requires("campaigns")
    def pause(campaign_id: str) -> Response:
        return turned(campaign_id, "pause")

    @routes.post("/<campaign_id>/resume")
    @keys.requires("campaigns")
    def resume(campaign_id: str) -> Response:
        return turned(campaign_id, "resume")

    def turned(campaign_id: str, what: str) -> Response:
        record = turn(campaign_id, what)
        if record["state"] not in TURNS[what]:
            raise Problem("state-conflict", f"It is {record['state']}: that cannot {what}.")
        return answer(campaign_id, record)

    @routes.delete("/<campaign_id>")
    @keys.requires("campaigns")
    def erase(campaign_id: str) -> Response:
        owned(campaign_id)
        campaigns.erase(campaign_id)
        return Response(status=204)

    def serving(kind: str) -> Callable[[str], Response]:
        @keys.requires("campaigns")
        def file(campaign_id: str) -> Response:
            record = owned(campaign_id)
            return files.send(intake.folder(campaign_id), record, kind)

        return file

    @routes.get("/<campaign_id>/summary.svg")
    @keys.requires("campaigns")
    def picture(campaign_id: str) -> Response:
        record = owned(campaign_id)
        with force_locale("en"):
            return files.picture(intake.folder(campaign_id), record, {})

    for kind in files.KINDS:
        routes.add_url_rule(f"/<campaign_id>/{kind}", kind, serving(kind))
    return routes
