"""`/campaigns/{id}`: how far one is, what was found in its file, its files and its figures."""

import csv
import io
import json
from itertools import islice
from typing import Any

from flask import Response, make_response, redirect, render_template
from flask_babel import gettext

from api.campaigns import document, files
from api.campaigns.routes import TURNS
from api.pages import portfolio_words, words
from api.pages.campaigns import Desk
from api.pages.site import Site
from api.problems import Problem
from protocol.application import FIELDS
from protocol.folder import CampaignFolder

#: What a campaign can be told on its page -> the states it is in afterwards.
ACTS = TURNS | {"cancel": {"cancelled"}}
#: In which states each makes sense.
OFFERED = {
    "queued": ("pause", "cancel"),
    "validating": ("pause", "cancel"),
    "running": ("pause", "cancel"),
    "paused": ("resume", "cancel"),
    "failed": ("resume",),
    "cancelled": ("resume",),
}
#: Faults shown, the first of the file; bytes of it read for them.
FAULTS, FAULT_BYTES = 20, 65_536
#: A plan that names more ranges than this is not read for its columns, bytes.
PLAN_BYTES = 1_048_576


def add_to(site: Site, desk: Desk) -> None:
    """Add the routes."""

    @site.pages.get("/campaigns/<campaign_id>")
    @site.guard.requires("campaigns")
    def campaign(campaign_id: str) -> Response:
        record = desk.owned(campaign_id)
        folder = desk.intake.folder(campaign_id)
        shown, found = desk.shown(campaign_id, record), _found(folder)
        error = shown["error"]
        summary = _summary(folder) if "summary" in shown["files"] else None
        page = render_template(
            "campaign.html",
            campaign=shown,
            acts=OFFERED.get(record["state"], ()),
            settled=document.settled(record),
            error=error and portfolio_words.whole(error["code"], error["detail"]),
            found=found,
            summary=summary,
            moved=_moved(summary),
            faults=_faults(folder, found) if "errors" in shown["files"] else [],
            named=_named(),
        )
        return make_response(page)

    @site.pages.post("/campaigns/<campaign_id>/<what>")
    @site.guard.requires("campaigns")
    def turn(campaign_id: str, what: str) -> Response:
        desk.owned(campaign_id)
        if what not in ACTS:
            raise Problem("not-found", "A campaign cannot be told that.")
        turned = desk.campaigns.turn(campaign_id, what)
        if turned and turned[1]:
            desk.doorbell.ring()
        if desk.owned(campaign_id)["state"] not in ACTS[what]:
            raise Problem("state-conflict", "Its state does not allow this.")
        return make_response(redirect(f"/campaigns/{campaign_id}", 303))

    @site.pages.get("/campaigns/<campaign_id>/summary.svg")
    @site.guard.requires("campaigns")
    def picture(campaign_id: str) -> Response:
        record = desk.owned(campaign_id)
        return files.picture(desk.intake.folder(campaign_id), record, _named())

    @site.pages.get("/campaigns/<campaign_id>/files/<kind>")
    @site.guard.requires("campaigns")
    def file(campaign_id: str, kind: str) -> Response:
        if kind not in files.KINDS:
            raise Problem("not-found", "There is no such file.")
        record = desk.owned(campaign_id)
        return files.send(desk.intake.folder(campaign_id), record, kind)


def _found(folder: CampaignFolder) -> dict[str, Any] | None:
    """Give the layout that the plan was made by; None before there is one."""
    try:
        if folder.plan.stat().st_size > PLAN_BYTES:
            return None
        layout = json.loads(folder.plan.read_bytes())["layout"]
    except (FileNotFoundError, KeyError):
        return None
    names = [field.name for field in FIELDS]
    used = {*layout["fields"], layout["reference"]}
    return {
        "format": layout["options"]["format"],
        "delimiter": layout["delimiter"],
        "guessed": layout["options"]["delimiter"] is None,
        "reference": layout["reference"],
        "fields": dict(zip(names, layout["fields"], strict=True)),
        "others": [name for name in layout["columns"] if name not in used],
    }


def _summary(folder: CampaignFolder) -> dict[str, Any] | None:
    try:
        return dict(json.loads(folder.file("summary").read_bytes()))
    except FileNotFoundError:  # erased meanwhile
        return None


def _named() -> dict[str, str]:
    """Name what a summary has codes for, in the language of the page."""
    decisions = {
        "approve": gettext("approved"),
        "review": gettext("for review"),
        "decline": gettext("declined"),
    }
    known = {**words.labels(), **portfolio_words.ROWS}
    return decisions | {code: str(name) for code, name in known.items()}


def _moved(summary: dict[str, Any] | None) -> list[tuple[str, dict[str, dict[str, int]]]]:
    """Give the matrices of what was before and what is now, each with its heading."""
    diff = (summary or {}).get("diff") or {}
    headings = {
        "grades": gettext("Grades before and now"),
        "decisions": gettext("Decisions before and now"),
    }
    return [(heading, diff[name]) for name, heading in headings.items() if diff.get(name)]


def _faults(folder: CampaignFolder, found: dict[str, Any] | None) -> list[dict[str, str]]:
    """Read the first faults: line, column, code and message, never a value of an applicant."""
    try:
        with folder.open("errors") as file:
            text = file.read(FAULT_BYTES)
            whole = not file.read(1)
    except OSError:
        return []
    if not whole:
        text = text[: text.rfind(b"\n") + 1]
    rows = csv.DictReader(io.StringIO(text.decode("utf-8", "replace")))
    kept = ("line", "column", "code", "message")
    fields = {column: name for name, column in found["fields"].items()} if found else {}
    return [
        {
            **{name: row[name] or "" for name in kept},
            "said": portfolio_words.row(row["code"], fields.get(row["column"])),
        }
        for row in islice(rows, FAULTS)
    ]
