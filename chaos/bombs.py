"""Portfolios that are more than they seem, or end who reads them: B08."""

import gzip
import io
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl

from chaos.case import Case, Lab, demand, told, under_load
from chaos.desk import Desk
from chaos.hostile_csv import GOOD
from chaos.portfolios import NAMES
from chaos.rig import Rig
from chaos.scarce import group

PARQUET = "application/vnd.apache.parquet"
#: What the rig takes at most, unpacked, bytes.
LIMIT = 16 << 20


def _varint(number: int) -> bytes:
    """Write a number as Thrift's compact protocol does: zigzag, seven bits a byte."""
    left, written = number << 1, bytearray()
    while left > 127:
        written.append(left & 127 | 128)
        left >>= 7
    return bytes([*written, left])


def _parquet(rows: int, **more: float | str) -> bytes:
    """Rows that are all alike."""
    one: dict[str, float | str] = {
        "reference": "a",
        **dict.fromkeys(NAMES, 1.0),
        "fico_score": 700.0,
        **more,
    }
    file = io.BytesIO()
    columns = (pl.repeat(value, rows).alias(name) for name, value in one.items())
    pl.select(columns).write_parquet(file, compression="zstd", statistics=False)
    return file.getvalue()


def _claiming(rows: int, claimed: int) -> bytes:
    """A Parquet file whose footer claims more rows than there are."""
    content = _parquet(rows)
    begins = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    footer = content[begins:-8].replace(_varint(rows), _varint(claimed))
    return content[:begins] + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def _bombs() -> dict[str, tuple[str, bytes, str]]:
    """What -> media type, what is sent, and the code of the refusal or failure."""
    rows = LIMIT // 64 + 1
    whole = _parquet(100)
    return {
        "gzip": ("text/csv", gzip.compress(GOOD + b"\n" * 2 * LIMIT), "too-large"),
        "gzip in gzip": ("text/csv", gzip.compress(gzip.compress(GOOD)), "compressed"),
        "Parquet of equal rows": (PARQUET, _parquet(rows), "too-large"),
        "Parquet that claims 2^31 rows": (PARQUET, _claiming(1_000, 1 << 31), "too-large"),
        "Parquet that claims 2^40 rows": (PARQUET, _claiming(1_000, 1 << 40), "unreadable"),
        "Parquet of one long text": (PARQUET, _parquet(300, note="x" * (1 << 20)), "too-large"),
        "Parquet with a footer of 2 GB": (
            PARQUET,
            whole[:-8] + b"\xff\xff\xff\x7fPAR1",
            "unreadable",
        ),
        "half a Parquet": (PARQUET, whole[: len(whole) // 2], "unreadable"),
    }


def bombs(lab: Lab) -> str:
    """B08."""
    desk = Desk(lab.rig)
    sent = _bombs()
    codes: dict[str, str] = {}
    before = _peak_mib(lab.rig)

    def fault() -> None:
        for what, (media, content, _) in sent.items():
            passed = {"pass_through": "note"} if "text" in what else {}
            answer = desk.post(content, media, **passed)
            if answer.status_code != 202:
                codes[what] = answer.json()["errors"][0]["code"]
                continue
            campaign = desk.accepted(answer)
            codes[what] = desk.failed(campaign)
            stored = sum(one.stat().st_size for one in desk.folder(campaign).path.rglob("*"))
            demand(stored < 1 << 20, f"{what}: {stored} bytes are left on the disk")

    verdict = under_load(lab, fault)
    wrong = {what: code for what, code in codes.items() if code != sent[what][2]}
    demand(not wrong, f"{wrong}")
    spelt = ", ".join(
        f"{what} ({len(sent[what][1]) / 1_024:,.0f} KiB: {code})" for what, code in codes.items()
    )
    grown = ", ".join(
        f"{name} {mib - before[name]:+.0f}" for name, mib in _peak_mib(lab.rig).items()
    )
    poisoned = _poisoned(desk)
    return f"{spelt}; peak MiB of memory, not judged: {grown}; {poisoned}; {told(verdict)}"


def _peak_mib(rig: Rig) -> dict[str, float]:
    """The most memory that each process of the API and of the campaigns' lane has held so far."""
    leaders = {"api": rig.process("api"), "campaign worker": rig.campaign_workers[0]}
    return {
        name: max(_peak_kib(pid) for pid in group(process.popen.pid)) / 1_024
        for name, process in leaders.items()
    }


def _peak_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def _poisoned(desk: Desk) -> str:
    """Send what ends every worker that reads it, to workers that are started again."""
    content = _poison()
    if content is None:
        return "no damaged byte was found that ends the process that reads it"
    campaign, ended = desk.send(content, PARQUET), 0
    while not desk.is_settled(campaign):
        ended += desk.restart_ended()
        time.sleep(0.05)
    code = desk.failed(campaign)
    most = desk.rig.service.settings.max_attempts
    demand((code, ended) == ("chunks-given-up", most), f"{code} after {ended} workers")
    demand(desk.files(campaign)["unprocessed"] == content, "unprocessed is not what was sent")
    desk.succeeded(desk.send(GOOD))
    return (
        f"a damaged byte that ends its reader: {ended} workers, then failed ({code}), all of it"
        " unprocessed, and the next campaign scored"
    )


def _poison() -> bytes | None:
    """A Parquet file whose schema and rows can be told, and whose pages end who reads them.

    Polars 2.1 asks for two exabytes when a page claims to hold more than it does.
    """
    rows = 12_345
    whole = _parquet(rows)
    first = whole.find(_varint(rows), len(b"PAR1"))
    for at in (first, *range(len(b"PAR1"), first)):
        damaged = whole[:at] + b"\xff" + whole[at + 1 :]
        if _ends_its_reader(damaged):
            return damaged
    return None


def _ends_its_reader(content: bytes) -> bool:
    program = "import sys, polars as pl\npl.read_parquet(sys.stdin.buffer.read())\n"
    command = [sys.executable, "-c", program]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == -signal.SIGABRT


CASE = Case(
    "B08",
    "gzip and Parquet of a few KiB that claim or hold far more, a damaged byte",
    bombs,
    long=True,
)
