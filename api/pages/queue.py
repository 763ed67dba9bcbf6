"""`/queue`: how much waits and how long, who works, what was given up, for admins to re-drive."""

import threading
import time
from collections import deque
from typing import NamedTuple

from flask import Response, g, make_response, redirect, render_template, request

from api import dead_letters
from api.pages.site import Site
from api.problems import Problem
from api.queue import Doorbell
from protocol import names
from protocol.campaigns import Campaigns
from protocol.ledger import Ledger

#: Throughput is what became final within this time, s.
WINDOW_S = 30.0
#: Dead letters shown, the newest first.
SHOWN = 50


class Look(NamedTuple):
    """What one look at the books saw."""

    #: seconds of this process's clock
    at_s: float
    #: jobs that were ever final
    final: int


class Throughput:
    """How many jobs become final a second, from the looks that this process took."""

    def __init__(self) -> None:
        self._looks: deque[Look] = deque()
        self._lock = threading.Lock()

    def note(self, look: Look) -> float | None:
        """Add a look; gives jobs a second since the oldest one kept, None at the first.

        >>> throughput = Throughput()
        >>> throughput.note(Look(0, 100)), throughput.note(Look(10, 600))
        (None, 50.0)
        """
        with self._lock:
            while len(self._looks) > 1 and self._looks[1].at_s <= look.at_s - WINDOW_S:
                self._looks.popleft()
            first = self._looks[0] if self._looks else None
            self._looks.append(look)
        if first is None or look.at_s <= first.at_s:
            return None
        return max(0, look.final - first.final) / (look.at_s - first.at_s)


def add_to(site: Site, ledger: Ledger, campaigns: Campaigns, doorbell: Doorbell) -> None:
    """Add the routes."""
    throughput = Throughput()

    @site.pages.get("/queue")
    @site.guard.requires("campaigns")
    def queue() -> Response:
        books = ledger.books()
        shown = render_template(
            "queue.html",
            books=books,
            rate=throughput.note(Look(time.monotonic(), sum(books.final.values()))),
            workers=ledger.live_workers(),
            backlog=campaigns.backlog(),
            campaign_workers=campaigns.live_workers(),
            letters=_letters(ledger) if g.session.person.may("admin") else None,
        )
        return make_response(shown)

    @site.pages.post("/queue/redrive")
    @site.guard.requires("admin")
    def redrive() -> Response:
        dead_id = request.form.get("id", "")
        known = names.SCORE_ID.fullmatch(dead_id)
        actor = g.session.person.actor
        redriven = ledger.redrive(dead_id, names.new_score_id(), actor) if known else None
        if redriven is None:
            raise Problem("not-found", "No dead letter has this id.")
        if redriven[1]:
            doorbell.ring()
        return make_response(redirect("/queue", 303))


def _letters(ledger: Ledger) -> list[dict[str, object]]:
    ids = [letter.id for letter in ledger.dead_letters(SHOWN)]
    records = zip(ids, ledger.read(ids), strict=True)
    return [dead_letters.shown(one, record) for one, record in records if isinstance(record, dict)]
