"""What single scores and a campaign see of each other when they run side by side: F25."""

import statistics
import time
from collections.abc import Callable

from chaos.case import Case, Lab, demand, journal_under_load, told
from chaos.desk import Desk
from chaos.portfolios import account, invent_portfolio
from chaos.rig import Rig
from protocol.application import EXAMPLE

#: Rows of the campaign.
ROWS = 3_000_000
#: Single scores are timed for so long before it, s.
ALONE_S = 5
#: In so many seconds it has to go on.
LONGEST_STANDSTILL_S = 10
#: Single scores submitted in a second meanwhile.
RATE = 50
#: One who asks waits so long for an answer, s.
WAIT_S = 10


class Asker:
    """Asks for one score after the other and waits for each, as an adviser at a counter does.

    Args:
        rig: it runs.
    """

    def __init__(self, rig: Rig) -> None:
        self._http = rig.caller().http
        self._times: list[float] = []

    @property
    def p99_ms(self) -> float:
        """Milliseconds within which 99 of 100 answers came."""
        return statistics.quantiles(self._times, n=100)[98] * 1_000

    def ask_until(self, over: Callable[[], bool]) -> None:
        """Ask until it is over.

        Raises:
            BrokenError: an answer did not come while it was waited for.
        """
        while not over():
            began = time.monotonic()
            answer = self._http.post(
                "/v1/scores",
                json={"application": EXAMPLE._asdict()},
                headers={"Prefer": f"wait={WAIT_S}"},
                timeout=2 * WAIT_S,
            )
            self._times.append(time.monotonic() - began)
            demand(answer.status_code == 200, f"a waiting caller got {answer.status_code}")


class Progress:
    """How steadily a campaign goes on.

    Args:
        desk: to read it at.
        campaign: its id.
    """

    #: it is looked at this often, s
    LOOK_S = 0.2

    def __init__(self, desk: Desk, campaign: str) -> None:
        self._desk = desk
        self.campaign = campaign
        self._seen: tuple[str, int] | None = None
        self._moved = self._looked = time.monotonic()
        #: the longest time without a further row or state, s
        self.standstill_s = 0.0

    def over(self) -> bool:
        """Look, unless that was done a moment ago, and tell whether it is final."""
        now = time.monotonic()
        if now - self._looked < self.LOOK_S:
            return False
        self._looked = now
        document = self._desk.read(self.campaign)
        counts = document["counts"]
        seen = (document["status"], counts["scored"] + counts["invalid"])
        if seen != self._seen:
            self.standstill_s = max(self.standstill_s, now - self._moved)
            self._seen, self._moved = seen, now
        return document["finished_at"] is not None


def beside_scores(lab: Lab) -> str:
    """F25."""
    desk = Desk(lab.rig)
    sent = invent_portfolio(ROWS, 25)
    alone, beside = Asker(lab.rig), Asker(lab.rig)
    ends = time.monotonic() + ALONE_S
    journal_under_load(lab, lambda: alone.ask_until(lambda: time.monotonic() > ends), RATE)
    begun: list[Progress] = []

    def fault() -> None:
        campaign = desk.send(sent.content)
        begun.append(Progress(desk, campaign))
        beside.ask_until(begun[0].over)

    verdict, _ = journal_under_load(lab, fault, RATE)
    (progress,) = begun
    document = desk.succeeded(progress.campaign)
    demand(progress.standstill_s < LONGEST_STANDSTILL_S, f"{progress.standstill_s} s stood still")
    files = desk.files(progress.campaign)
    account(sent, files["results"], files["errors"], lab.oracle)
    return (
        f"{document['counts']['scored']:,} rows, each right,"
        f" {document['progress']['rows_per_s']:,.0f} a second, at most"
        f" {progress.standstill_s:.1f} s without one more; p99 of a score that was waited for"
        f" {beside.p99_ms:.0f} ms, without a campaign {alone.p99_ms:.0f} ms (not judged; the"
        f" target is 1.5 times); {told(verdict)}"
    )


CASE = Case("F25", f"{ROWS:,} rows beside {RATE} single scores a second", beside_scores, long=True)
