"""Peak memory: of the workers for a small and a large portfolio, of the API while one is sent."""

import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.campaigns.lane import Lane
from benchmarks.campaigns.portfolio import write_csv
from benchmarks.table import markdown
from local.processes import Process

HEADINGS = (
    "rows",
    "MB sent",
    "API before MiB",
    "API's peak while sent MiB",
    "workers' peaks MiB",
    "seconds",
)


class Peaks(NamedTuple):
    """What one campaign took, by a service that had done little before; MiB."""

    rows: int
    bytes: int
    api_before: float
    api: float
    #: each worker's
    workers: tuple[float, ...]
    seconds: float


def play(lane: Lane, folder: Path, rows: int) -> Peaks:
    """Send a portfolio, have it scored and read the peaks.

    Args:
        lane: just started.
        folder: for the portfolio; it exists.
        rows: of the portfolio.
    """
    source = folder / "memory.csv"
    write_csv(source, rows)
    (api,) = (one for one in lane.service.processes if one.name == "api")
    for process in (api, *lane.workers()):
        _forget_peak(process)
    before, began = _peak_mib(api), time.perf_counter()
    campaign = lane.create(source, "csv")
    sent = _peak_mib(api)
    outcome = lane.wait(campaign, began)
    size = source.stat().st_size
    source.unlink()
    workers = tuple(_peak_mib(one) for one in lane.workers())
    return Peaks(rows, size, before, sent, workers, outcome.seconds)


def table(all_peaks: list[Peaks]) -> str:
    """Write one row a campaign."""
    rows = (
        (
            f"{peaks.rows:,}",
            f"{peaks.bytes / 1e6:,.0f}",
            f"{peaks.api_before:.0f}",
            f"{peaks.api:.0f}",
            ", ".join(f"{worker:.0f}" for worker in peaks.workers),
            f"{peaks.seconds:.1f}",
        )
        for peaks in all_peaks
    )
    return markdown([HEADINGS, *rows])


def _peak_mib(process: Process) -> float:
    """Read the most memory a process and its children held since they began or `_forget_peak`."""
    return sum(_high_water_kib(pid) for pid in _family(process.popen.pid)) / 1024


def _high_water_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def _forget_peak(process: Process) -> None:
    """Begin anew with the memory held now (proc(5): 5 resets the peak resident set size)."""
    for pid in _family(process.popen.pid):
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def _family(pid: int) -> list[int]:
    """Name a process and what it started."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for one in lists for child in one.read_text().split()]
    return [pid, *(each for child in children for each in _family(child))]
