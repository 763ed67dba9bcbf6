"""A disk that is full, of campaigns alone: F30."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chaos.case import Case, Lab, SkippedError, demand, told, under_load
from chaos.desk import Desk
from chaos.offline import Oracle
from chaos.portfolios import Portfolio, account, invent_portfolio

#: Size of the disk while it is too small, and after room was made, MiB.
SMALL, ROOMY = 3, 64
#: Formats of the results: a full disk is met by several libraries.
OUTPUTS = ("csv", "ndjson", "parquet")
#: Within so many seconds a full disk shows in the state of the campaign.
SHOWN_S = 30


@contextmanager
def small_disk(path: Path, mib: int) -> Iterator[None]:
    """Mount a small file system of memory at a folder while the block runs.

    Args:
        path: the folder; what it holds is hidden meanwhile.
        mib: how large it is.
    Raises:
        SkippedError: this machine lets nobody mount.
    """
    _mount("mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=700", "tmpfs", str(path))
    try:
        yield
    finally:
        _mount("umount", "--lazy", str(path))


def _mount(program: str, *arguments: str) -> None:
    binary = shutil.which(program, path="/usr/bin:/bin:/usr/sbin:/sbin")
    if binary is None:
        raise SkippedError(f"there is no program {program} here: no small disk can be mounted")
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SkippedError(f"no small disk can be mounted here: {done.stderr.strip()}")


def full(lab: Lab) -> str:
    """F30."""
    desk = Desk(lab.rig)
    sent = invent_portfolio(40_000, 30, bad=range(7, 40_000, 1_000))
    seen: list[str] = []

    def fault() -> None:
        seen.extend(_filled(desk, sent, output, lab.oracle) for output in OUTPUTS)

    verdict = under_load(lab, fault)
    return (
        f"an upload larger than the disk: 503 storage-unavailable, nothing left; {'; '.join(seen)};"
        f" single scores: {told(verdict)}"
    )


def _filled(desk: Desk, sent: Portfolio, output: str, oracle: Oracle) -> str:
    """Have one campaign run out of room, make some, and have it go on."""
    undisturbed = desk.send(sent.content, output=output)
    desk.succeeded(undisturbed)
    files, parts = desk.files(undisturbed), _contents(desk.folder(undisturbed).parts)
    if output == "csv":
        account(sent, files["results"], files["errors"], oracle)
    with small_disk(desk.rig.service.settings.storage_folder, SMALL):
        _upload_too_large(desk)
        campaign = desk.send(sent.content, output=output)
        code = desk.failed(campaign, SHOWN_S)
        demand(code == "disk-full", f"{output}: it failed for {code}")
        whole = _contents(desk.folder(campaign).parts)
        torn = [name for name, content in whole.items() if parts[name] != content]
        demand(not torn, f"{output}: {torn} are not whole")
        _make_room(desk)
        desk.resume(campaign)
        desk.succeeded(campaign)
        after = desk.files(campaign)
    differ = [kind for kind, content in after.items() if files[kind] != content]
    demand(not differ, f"{output}: {differ} differ from the undisturbed run's")
    return (
        f"{output}: failed (disk-full), {len(whole)} of {len(parts)} files of its chunks there,"
        f" each whole; resumed with {ROOMY} MiB: every file byte for byte the undisturbed run's"
    )


def _upload_too_large(desk: Desk) -> None:
    before = desk.stored()
    answer = desk.post(b"x" * ((SMALL + 1) << 20))
    code = answer.json()["code"]
    demand((answer.status_code, code) == (503, "storage-unavailable"), f"{answer.text}")
    demand(desk.stored() == before, "something is left of an upload that found no room")


def _contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder that have their final name."""
    return {
        path.name: path.read_bytes() for path in folder.glob("*") if not path.name.startswith(".")
    }


def _make_room(desk: Desk) -> None:
    folder = desk.rig.service.settings.storage_folder
    _mount("mount", "-o", f"remount,size={ROOMY}m", str(folder))


CASE = Case("F30", f"campaigns stored on a tmpfs of {SMALL} MiB, then {ROOMY} MiB", full)
