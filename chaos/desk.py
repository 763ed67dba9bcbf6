"""A desk that sends campaigns to a rig, follows them, and breaks the one worker of their lane."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import httpx

from chaos.case import demand
from chaos.rig import LONGEST_S, Rig
from local.processes import Process
from protocol import names
from protocol.folder import CampaignFolder

PATH = "/v1/campaigns"
#: A call about files may take so long, s.
PATIENCE_S = 60
#: What may come back of a campaign, but for its reconciliation, which names the campaign.
KINDS = ("results", "errors", "unprocessed", "summary")


class Desk:
    """Who works with campaigns on a rig that has one campaign worker, started when there is none.

    Args:
        rig: it runs.
    """

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.http = rig.caller().http
        self.http.timeout = httpx.Timeout(PATIENCE_S)
        if not rig.campaign_workers:
            rig.start_campaign_worker()
        rig.wait(lambda: int(rig.redis.zcard(names.CAMPAIGN_WORKERS)) > 0)

    @property
    def worker(self) -> Process:
        """The worker of the campaigns' lane."""
        return self.rig.campaign_workers[0]

    def post(self, content: bytes, media: str = "text/csv", **query: Any) -> httpx.Response:
        """Send a portfolio, once."""
        return self.http.post(PATH, content=content, headers={"Content-Type": media}, params=query)

    def send(self, content: bytes, media: str = "text/csv", **query: Any) -> str:
        """Send a portfolio that must be accepted.

        Returns:
            The id of its campaign.
        """
        return self.accepted(self.post(content, media, **query))

    def accepted(self, answer: httpx.Response) -> str:
        """Give the id of a campaign that was accepted.

        Raises:
            BrokenError: it was not.
        """
        demand(answer.status_code == 202, f"a portfolio was answered {answer.status_code}")
        return str(answer.json()["id"])

    def read(self, campaign: str) -> dict[str, Any]:
        """Read a campaign."""
        document: dict[str, Any] = self.http.get(f"{PATH}/{campaign}").json()
        return document

    def settled(self, campaign: str, longest_s: float = LONGEST_S) -> dict[str, Any]:
        """Wait, as the contract says, until nothing of a campaign changes by itself any more."""
        self.rig.wait(lambda: self.is_settled(campaign), longest_s)
        return self.read(campaign)

    def succeeded(self, campaign: str) -> dict[str, Any]:
        """Wait until a campaign has succeeded.

        Raises:
            BrokenError: it has not.
        """
        document = self.settled(campaign)
        demand(document["status"] == "succeeded", f"{document['status']}: {document['error']}")
        return document

    def failed(self, campaign: str, longest_s: float = LONGEST_S) -> str:
        """Wait until a campaign has failed.

        Returns:
            The code that says why.
        Raises:
            BrokenError: it has not failed.
        """
        document = self.settled(campaign, longest_s)
        demand(document["status"] == "failed", f"it {document['status']}")
        return str(document["error"]["code"])

    def resume(self, campaign: str) -> None:
        """Have a campaign go on.

        Raises:
            BrokenError: it cannot.
        """
        answer = self.http.post(f"{PATH}/{campaign}/resume")
        demand(answer.status_code == 200, f"a resume was answered {answer.status_code}")

    def files(self, campaign: str) -> dict[str, bytes]:
        """Fetch all that came of a campaign."""
        answers = {kind: self.http.get(f"{PATH}/{campaign}/{kind}") for kind in KINDS}
        statuses = {kind: answer.status_code for kind, answer in answers.items()}
        demand({*statuses.values()} == {200}, f"its files were answered {statuses}")
        return {kind: answer.content for kind, answer in answers.items()}

    def folder(self, campaign: str) -> CampaignFolder:
        """Give the folder of a campaign."""
        return CampaignFolder.of(self.rig.service.settings.storage_folder, campaign)

    def stored(self) -> list[Path]:
        """Name the folders of all campaigns and what is in them."""
        return sorted((self.rig.service.settings.storage_folder / "campaigns").rglob("*"))

    def send_to_a_stopped_worker(self, content: bytes, **query: Any) -> str:
        """Send a portfolio while the campaign worker is stopped, and leave it so."""
        self.rig.signal(self.worker, signal.SIGSTOP)
        return self.send(content, **query)

    def stop_at(self, campaign: str, wanted: Callable[[str], bool], dice: Random) -> str | None:
        """Stop the campaign worker at a random moment at which it holds a wanted step.

        Args:
            campaign: whose step.
            wanted: tells a step of interest.
            dice: decide when.
        Returns:
            The step; None when the campaign was over before, the worker then goes on.
        """
        ends = time.monotonic() + LONGEST_S
        while time.monotonic() < ends:
            self.rig.signal(self.worker, signal.SIGSTOP)
            held = [str(one) for one in self.rig.redis.hkeys(names.CAMPAIGN_HELD + campaign)]
            if found := next(filter(wanted, held), None):
                return found
            self.rig.signal(self.worker, signal.SIGCONT)
            if self.rig.redis.hexists(names.CAMPAIGN + campaign, "filed"):
                return None
            time.sleep(dice.uniform(0.001, 0.01))
        return None

    def restart_ended(self) -> bool:
        """Start the campaign worker again if it has ended, and tell whether it had."""
        worker = self.worker
        if worker.popen.poll() is None:
            return False
        self.rig.service.processes.remove(worker)
        self.rig.start_campaign_worker()
        return True

    def replace_worker(self) -> None:
        """Kill the campaign worker outright, stopped or not, and start another."""
        self.rig.service.kill(self.worker)
        self.rig.start_campaign_worker()

    def is_settled(self, campaign: str) -> bool:
        """Tell whether nothing of a campaign changes by itself any more."""
        answer = self.http.get(f"{PATH}/{campaign}")
        return answer.status_code == 200 and "Retry-After" not in answer.headers
