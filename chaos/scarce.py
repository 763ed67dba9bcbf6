"""Cases about machines that have too little of something, and long runs: F26 to F28."""

import multiprocessing
import os
import resource
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from random import Random

import httpx

from chaos.case import Case, Family, Lab, demand, told, under_load
from chaos.journal import Submission
from chaos.offline import invent
from chaos.rig import Rig

#: File descriptors that an API process is left with.
FEW_FILES = 64
#: How long what is scarce stays scarce, s.
SCARCE_S = 10
#: Repeated executions that a starved machine may cost, share of the accepted.
REPEATS = 0.01
#: Jobs of the long run, before the first look at memory and after it.
WARM, SOAKED = 60_000, 60_000
_BATCH = 1_000


def without_files(lab: Lab) -> str:
    """F27."""
    where = (lab.rig.service.settings.host, lab.rig.service.settings.port)
    pids = group(lab.rig.process("api").popen.pid)
    refused = 0

    def fault() -> None:
        nonlocal refused
        before = {pid: resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in pids}
        for pid, (_, hard) in before.items():
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (FEW_FILES, hard))
        with ExitStack() as open_ones:
            clients = [open_ones.enter_context(httpx.Client(timeout=1)) for _ in range(100)]
            for client in clients:
                try:
                    client.get(f"http://{where[0]}:{where[1]}/livez")
                except httpx.TransportError:
                    refused += 1
            time.sleep(SCARCE_S / 2)
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)

    verdict = under_load(lab, fault)
    demand(group(lab.rig.process("api").popen.pid) == pids, "a process of the API has ended")
    return f"{refused} of 100 further connections had no answer; no process ended: {told(verdict)}"


def without_processor(lab: Lab) -> str:
    """F28."""
    verdicts = []
    with _busy(4 * (os.cpu_count() or 1)):
        for worker in lab.rig.workers:
            os.setpriority(os.PRIO_PGRP, worker.popen.pid, 19)
        verdicts.append(under_load(lab, lambda: time.sleep(SCARCE_S)))
    (verdict,) = verdicts
    ids = lab.rig.redis.scan_iter(match="{ls}job:*", count=1_000)
    repeats = sum(max(0, lab.rig.attempts(str(key).rpartition(":")[2]) - 1) for key in ids)
    demand(repeats <= REPEATS * verdict.accepted, f"{repeats} executions repeated")
    return f"{repeats} executions repeated: {told(verdict)}"


@contextmanager
def _busy(processes: int) -> Iterator[None]:
    """Keep the processors busy while the block runs."""
    spinning = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(processes)]
    for process in spinning:
        process.start()
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.join()


def _spin() -> None:
    for _ in count():
        pass


def soaked(lab: Lab) -> str:
    """F26, shorter: memory per job, and what is left in Redis when all times are up."""
    keys_before = int(lab.rig.redis.dbsize())
    dice = Random(26)
    _score_batches(lab, WARM, dice)
    before = _resident_kib(lab.rig)
    _score_batches(lab, SOAKED, dice)
    grown = {name: kib - before[name] for name, kib in _resident_kib(lab.rig).items()}
    lab.rig.wait(lambda: int(lab.rig.redis.dbsize()) <= keys_before + 5)
    per_100k = {name: kib / 1_024 * 100_000 / SOAKED for name, kib in grown.items()}
    spelt = ", ".join(f"{name} {mib:+.1f}" for name, mib in sorted(per_100k.items()))
    return (
        f"{WARM + SOAKED:,} jobs in batches, all answered; resident MiB per 100,000 jobs, not"
        f" judged: {spelt}; then {int(lab.rig.redis.dbsize())} keys in Redis, {keys_before} before"
    )


def _score_batches(lab: Lab, jobs: int, dice: Random) -> None:
    http = lab.rig.caller().http
    for number in range(jobs // _BATCH):
        sent = Submission(f"f26-{number}", tuple(invent(dice) for _ in range(_BATCH)), batch=True)
        accepted = http.post("/v1/score-batches", json=sent.body)
        demand(accepted.status_code == 202, f"a batch was answered {accepted.status_code}")
        at, wait = accepted.headers["Location"], {"Prefer": "wait=30"}
        answer = http.get(at, headers=wait, timeout=40).json()
        demand(answer["counts"]["scored"] == _BATCH, f"a batch has {answer['counts']}")


def _resident_kib(rig: Rig) -> dict[str, int]:
    return {
        process.name: sum(_status_kib(pid) for pid in group(process.popen.pid))
        for process in rig.service.processes
        if process.name != "redis"
    }


def _status_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def group(leader: int) -> list[int]:
    """The processes of a process group, in order."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return sorted(pid for pid in pids if _leader(pid) == leader)


def _leader(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


FAMILY = Family(
    (
        Case(
            "F27",
            f"{FEW_FILES} file descriptors for each process of the API",
            without_files,
            long=True,
        ),
        Case(
            "F28",
            "workers at nice 19 beside four busy loops a core",
            without_processor,
            long=True,
        ),
    ),
    {"lease_s": 10},
)
SOAK = Family(
    (
        Case(
            "F26",
            f"{SOAKED:,} jobs after {WARM:,}, kept for 1 s (a million takes too long here)",
            soaked,
            long=True,
        ),
    ),
    {"result_ttl_s": 1, "tombstone_ttl_s": 1, "idempotency_ttl_s": 1, "dead_ttl_s": 1},
)
