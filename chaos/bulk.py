"""Campaigns whose worker is killed, or whose portfolio changes: F29, F31."""

import os
import re
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from chaos.case import Case, Lab, demand
from chaos.desk import Desk
from chaos.portfolios import account, invent_portfolio
from protocol.campaigns import FILES, PLAN

#: Kills while it plans, scores and finalizes: in the full run, and in the short one.
KILLS, FEW_KILLS = {PLAN: 3, "chunk": 14, FILES: 3}, {PLAN: 1, "chunk": 1, FILES: 1}
#: Rows of a campaign.
ROWS = 40_000


def killed(lab: Lab) -> str:
    """F29."""
    desk, dice = Desk(lab.rig), Random(29)
    sent = invent_portfolio(ROWS, 29, bad=range(7, ROWS, 1_000))
    undisturbed = desk.send(sent.content)
    desk.succeeded(undisturbed)
    disturbed = desk.send_to_a_stopped_worker(sent.content)
    kills = Counter(
        phase
        for phase, times in (KILLS if lab.thorough else FEW_KILLS).items()
        for _ in range(times)
        if _killed_at(desk, disturbed, phase, dice)
    )
    counts = desk.succeeded(disturbed)["counts"]
    demand(all(kills[phase] for phase in KILLS), f"it was only killed at {dict(kills)}")
    before, after = desk.files(undisturbed), desk.files(disturbed)
    account(sent, after["results"], after["errors"], lab.oracle)
    differ = [kind for kind, content in after.items() if content != before[kind]]
    demand(not differ, f"{differ} differ from the undisturbed run's")
    left = [path.name for path in desk.folder(disturbed).path.rglob(".*")]
    demand(not left, f"{len(left)} files are left half-written")
    return (
        f"{kills[PLAN]} kills while it planned, {kills['chunk']} while it scored,"
        f" {kills[FILES]} while it wrote the files: {counts['total']:,} rows ="
        f" {counts['scored']:,} results + {counts['invalid']} rejected, none twice, every file"
        " byte for byte the undisturbed run's"
    )


def _killed_at(desk: Desk, campaign: str, phase: str, dice: Random) -> bool:
    if desk.stop_at(campaign, lambda step: _phase(step) == phase, dice) is None:
        return False
    desk.replace_worker()
    return True


def _phase(step: str) -> str:
    return "chunk" if step.isdigit() else step


def _truncated(path: Path, _: bytes) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _rewritten(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _replaced(path: Path, content: bytes) -> None:
    beside = path.with_name("another")
    beside.write_bytes(content)
    beside.replace(path)


_CHANGES: dict[str, Callable[[Path, bytes], None]] = {
    "truncated": _truncated,
    "rewritten": _rewritten,
    "replaced": _replaced,
}


def changed(lab: Lab) -> str:
    """F31."""
    desk, dice = Desk(lab.rig), Random(31)
    sent, other = (invent_portfolio(ROWS, 31, mark=mark) for mark in ("L", "N"))
    times = 5 if lab.thorough else 1
    codes: Counter[str] = Counter()
    for phase in (PLAN, "chunk"):
        for change in (*_CHANGES.values(),) * times:
            campaign = desk.send_to_a_stopped_worker(sent.content)
            if phase == "chunk":
                desk.stop_at(campaign, str.isdigit, dice)
            change(desk.folder(campaign).portfolio, other.content)
            lab.rig.signal(desk.worker, signal.SIGCONT)
            codes[desk.failed(campaign)] += 1
            demand(not _mention(desk, campaign, b"N"), "a row of the new content was scored")
    demand(set(codes) == {"input-changed"}, f"{dict(codes)}")
    return (
        f"{', '.join(_CHANGES)}, while it waited and in the middle of a chunk:"
        f" {codes.total()} x failed (input-changed), 0 rows of the new content scored"
    )


def _mention(desk: Desk, campaign: str, mark: bytes) -> list[str]:
    """Name the files beside the portfolio in which a reference begins with this mark."""
    folder = desk.folder(campaign)
    return [
        path.name
        for path in folder.path.rglob("*")
        if path.is_file()
        and path != folder.portfolio
        and re.search(rb",%b\d" % mark, path.read_bytes())
    ]


CASES = (
    Case("F29", "`kill -9` of its worker while it plans, scores and writes files", killed),
    Case(
        "F31",
        "the stored file truncated, rewritten and replaced while the worker is stopped",
        changed,
    ),
)
