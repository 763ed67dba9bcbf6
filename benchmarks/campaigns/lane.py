"""The lane that is measured: the service as `make run` starts it, with two workers of campaigns."""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks import interruption
from benchmarks.campaigns.portfolio import write_csv
from benchmarks.host import Host
from local import key
from local.processes import Process
from local.service import START_S, Service
from portfolio.options import Format
from protocol import names
from protocol.errors import LoanscoreError
from protocol.folder import CampaignFolder
from protocol.ledger import connect

#: One a core, each of one thread.
WORKERS = 2
#: A campaign that takes longer has failed, s.
LONGEST_S = 900
#: Bytes fetched at once.
BLOCK = 1 << 20
#: Pause between two polls, s.
PAUSE_S = 0.05
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}
#: States of a campaign that is not over.
OPEN = ("queued", "validating", "running", "finalizing")
#: Rows of the campaign before the first one that counts.
WARM_UP_ROWS = 400_000
_NAME = "campaigns"


class LaneError(LoanscoreError):
    """A campaign did not do what it is measured by."""


@dataclass(frozen=True)
class Outcome:
    """A campaign that succeeded."""

    id: str
    #: rows of the portfolio; scored + invalid
    rows: int
    scored: int
    invalid: int
    #: seconds from before it was sent until it was seen in each state first, in order
    seen_s: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """From before it was sent to its success."""
        return self.seen_s["succeeded"]

    @property
    def rate(self) -> float:
        """Rows a second, from the first byte sent to the last file written."""
        return self.rows / self.seconds

    @property
    def phases(self) -> str:
        """Say how long each phase was."""
        named = {"validating": "sent", "running": "planned", "finalizing": "scored"}
        parts, before = [], 0.0
        for state, at in self.seen_s.items():
            if state in named or state == "succeeded":
                parts.append(f"{named.get(state, 'joined')} {at - before:.1f} s")
                before = at
        return ", ".join(parts)


class Lane:
    """A running service and its campaigns."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._client = connect(service.redis_url)
        bearer = {"Authorization": f"Bearer {key.read(service.settings)}"}
        self._http = httpx.Client(base_url=service.url, headers=bearer, timeout=LONGEST_S)

    def workers(self) -> list[Process]:
        """Name the processes that work off campaigns."""
        return [one for one in self.service.processes if one.name.startswith(_NAME)]

    def listening(self) -> int:
        """Count the workers that wait for a doorbell at this moment."""
        return int(self._client.info("clients")["blocked_clients"])

    def create(self, path: Path, kind: Format) -> str:
        """Send a portfolio as any caller would; its results will be of the same format."""
        with path.open("rb") as file:
            answer = self._http.post(
                "/v1/campaigns",
                content=file,
                params={"output": kind},
                headers={"Content-Type": MEDIA_TYPES[kind]},
            )
        return str(answer.raise_for_status().json()["id"])

    def replay(self, body: dict[str, Any]) -> Outcome:
        """Have archived decisions decided again and wait for its success; results are Parquet."""
        began = time.perf_counter()
        return self.wait(self.post("/v1/campaigns?output=parquet", body)["id"], began)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send JSON as any caller would."""
        return dict(self._http.post(path, json=body).raise_for_status().json())

    def get(self, path: str) -> dict[str, Any]:
        """Read JSON as any caller would."""
        return dict(self._http.get(path).raise_for_status().json())

    def records_waiting(self) -> int:
        """Count the decision records that are not archived yet."""
        return int(self._client.xlen(names.RECORDS))

    def state(self, campaign: str) -> dict[str, Any]:
        """Poll it."""
        return self.get(f"/v1/campaigns/{campaign}")

    def run(self, path: Path, kind: Format) -> Outcome:
        """Send a portfolio and wait for its success."""
        began = time.perf_counter()
        return self.wait(self.create(path, kind), began)

    def wait(self, campaign: str, began: float) -> Outcome:
        """Poll until a campaign has succeeded.

        Args:
            campaign: its id.
            began: when the sending began, by `time.perf_counter`.
        Raises:
            LaneError: it has ended otherwise, or takes too long.
        """
        seen: dict[str, float] = {}
        while (now := time.perf_counter() - began) < LONGEST_S:
            found = self.state(campaign)
            seen.setdefault(str(found["status"]), now)
            if found["status"] == "succeeded":
                counts = (int(found["counts"][name]) for name in ("total", "scored", "invalid"))
                return Outcome(campaign, *counts, seen)
            if found["status"] not in OPEN:
                break
            self.service.check()
            time.sleep(PAUSE_S)
        raise LaneError(f"{campaign} did not succeed: {found}; logs in {self.service.logs}")

    def fetch(self, campaign: str, kind: str, target: Path) -> Path:
        """Fetch a file of it as any caller would; returns its path."""
        where = f"/v1/campaigns/{campaign}/{kind}"
        with target.open("wb") as file, self._http.stream("GET", where) as answer:
            answer.raise_for_status()
            for block in answer.iter_bytes(BLOCK):
                file.write(block)
        return target

    def erase(self, campaign: str) -> None:
        """Make room: its files are no longer needed."""
        answer = self._http.delete(f"/v1/campaigns/{campaign}")
        if answer.status_code != httpx.codes.GONE:
            answer.raise_for_status()
        folder = CampaignFolder.of(self.service.settings.storage_folder, campaign)
        while folder.path.exists():  # a sweeper removes it
            self.service.check()
            time.sleep(PAUSE_S)

    def close(self) -> None:
        """End the connections."""
        self._http.close()
        self._client.close()


@contextmanager
def running(
    folder: Path, artefact: Path, worker: str = "worker", **settings: object
) -> Iterator[Lane]:
    """Have a service up in a folder of its own, with `WORKERS` workers of campaigns.

    Args:
        folder: made anew.
        artefact: the model.
        worker: `python -m` of this is a worker.
        settings: of the service that differ from its defaults.
    """
    shutil.rmtree(folder, ignore_errors=True)
    given = {f"LOANSCORE_{name.upper()}": str(value) for name, value in settings.items()}
    host = Host(folder, artefact, os.environ | given)
    service = Service(host.settings, host.environment)
    service.worker = worker
    try:
        with interruption.postponed():
            service.start()
            lane = Lane(service)
            for number in range(len(lane.workers()), WORKERS):
                service.start_campaign_worker(f"{_NAME}-{number}")
        _warm_up(lane, folder)
        yield lane
        lane.close()
    finally:
        service.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _warm_up(lane: Lane, folder: Path) -> None:
    """Wait until every worker listens, then score a little, so that no worker still imports."""
    ends = time.monotonic() + START_S
    while lane.listening() < WORKERS + 1:  # the worker of single scores listens too
        lane.service.check()
        if time.monotonic() > ends:
            raise LaneError(f"not every worker listens; logs in {lane.service.logs}")
        time.sleep(PAUSE_S)
    small = folder / "small.csv"
    write_csv(small, WARM_UP_ROWS)
    lane.erase(lane.run(small, "csv").id)
