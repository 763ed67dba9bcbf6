"""Cases about Redis killed, away, full and emptied: F05 to F09, F16, F17, F22 to F24."""

import signal
import threading
import time
from collections import Counter
from random import Random
from typing import cast

import redis

from chaos import away
from chaos.case import Case, Family, Lab, SkippedError, demand, told, under_load
from chaos.journal import Submission
from chaos.offline import invent
from chaos.rig import LONGEST_S
from protocol import names

#: How long Redis is away in a case, s.
AWAY_S = 5
GONE = frozenset({404, 410})


def killed(lab: Lab) -> str:
    """F05."""
    kills = 3

    def fault() -> None:
        for _ in range(kills):
            lab.rig.replace_redis(down_s=1)
            time.sleep(2)

    return f"{kills} kills: {told(under_load(lab, fault))}"


def stopped(lab: Lab) -> str:
    """F06."""
    lab.rig.service.kill(lab.rig.process("redis"))
    try:
        seen = away.call(lab, AWAY_S)
    finally:
        lab.rig.service.start_redis()
    return away.judge(lab, seen)


def frozen(lab: Lab) -> str:
    """F07."""
    server = lab.rig.process("redis")
    lab.rig.signal(server, signal.SIGSTOP)
    try:
        seen = away.call(lab, AWAY_S)
    finally:
        lab.rig.signal(server, signal.SIGCONT)
    return away.judge(lab, seen)


def busy(lab: Lab) -> str:
    """F08."""
    sleeper = threading.Thread(target=_sleep, args=(lab,))
    sleeper.start()
    seen = away.call(lab, AWAY_S - 1)
    sleeper.join()
    if seen.of("POST") != {503}:
        raise SkippedError("this Redis refuses DEBUG SLEEP")
    return away.judge(lab, seen)


def _sleep(lab: Lab) -> None:
    with redis.Redis.from_url(lab.rig.service.redis_url, socket_timeout=2 * AWAY_S) as client:
        try:
            client.execute_command("DEBUG", "SLEEP", AWAY_S)
        except redis.ResponseError:
            return


def paused(lab: Lab) -> str:
    """F09."""
    lab.rig.redis.client_pause(AWAY_S * 1_000, all=False)
    seen = away.call(lab, AWAY_S - 1)
    demand(seen.slowest_s <= away.LONGEST_CALL_S, f"a call took {seen.slowest_s:.1f} s")
    demand(seen.of("POST") == {503}, str(seen))
    return f"{seen}; afterwards {told(under_load(lab, lambda: time.sleep(1)))}"


def full(lab: Lab) -> str:
    """F16."""
    used = int(lab.rig.redis.info("memory")["used_memory"])
    return _with_memory(lab, used + 500_000, rate=100)


def full_at_once(lab: Lab) -> str:
    """F17."""
    return _with_memory(lab, 1_000_000, rate=20)


def _with_memory(lab: Lab, bytes_: int, rate: float) -> str:
    """Run under load with a limit, then without it; workers that end break the case.

    They are started again, as a supervisor would, so that the journal can be judged too.
    """
    seen: list[away.Seen] = []
    ended: list[int] = []

    def fault() -> None:
        lab.rig.redis.config_set("maxmemory", bytes_)
        try:
            time.sleep(4)
            seen.append(away.call(lab, 4))
        finally:
            lab.rig.redis.config_set("maxmemory", 0)
        ended.extend(_replace_ended(lab))

    found = f"{told(under_load(lab, fault, rate))}; {seen[0]}"
    codes = f"{len(ended)} workers ended, exit codes {ended}, and were started again"
    demand(not ended, f"{codes}; {found}")
    return f"no worker ended; {found}"


def _replace_ended(lab: Lab) -> list[int]:
    codes = []
    for worker in lab.rig.workers:
        code = worker.popen.poll()
        if code is not None:
            lab.rig.service.processes.remove(worker)
            lab.rig.start_worker()
            codes.append(code)
    return codes


def evicting(lab: Lab) -> str:
    """F18."""
    said: list[str] = []
    for policy in ("allkeys-lru", "volatile-lru"):
        lab.rig.redis.config_set("maxmemory-policy", policy)
        try:
            said += [f"{name} {_refuses(lab, name, policy)}" for name in ("worker", "api")]
            lab.rig.wait(lambda: _answer_to_post(lab) == "503 overloaded")
        finally:
            lab.rig.redis.config_set("maxmemory-policy", "noeviction")
        lab.rig.wait(lambda: _answer_to_post(lab) == "202")
    return (
        f"{', '.join(said)}, each with the setting's name; a running API answered POST 503"
        f" overloaded; afterwards {told(under_load(lab, lambda: time.sleep(1)))}"
    )


def _refuses(lab: Lab, room: str, policy: str) -> str:
    """Start a worker or an API and see it refuse."""
    started = lab.rig.start_worker() if room == "worker" else lab.rig.service.start_api()
    code = started.popen.wait(LONGEST_S)
    lab.rig.service.processes.remove(started)
    demand(code != 0, f"a new {room} ended with exit code {code}")
    last = started.log.read_text().strip().splitlines()[-1]
    demand(f"maxmemory-policy {policy}" in last, f"a new {room} said: {last}")
    return f"exit {code}"


def _answer_to_post(lab: Lab) -> str:
    body = Submission("", (invent(Random(18)),)).body
    response = lab.rig.caller().http.post("/v1/scores", json=body)
    return f"{response.status_code} {response.json().get('code', '')}".strip()


def emptied(lab: Lab) -> str:
    """F22."""
    caller = lab.rig.caller()
    jobs = [Submission(f"f22-{n}", (invent(Random(n)),)) for n in range(50)]
    ids = [str(caller.submit(job).id) for job in jobs]
    keys = cast("dict[str, str]", lab.rig.redis.hgetall(names.KEYS))
    lab.rig.redis.flushall()
    lab.rig.redis.hset(names.KEYS, items=[part for pair in keys.items() for part in pair])
    statuses = Counter(caller.read(score_id).status for score_id in ids)
    demand(set(statuses) <= GONE, f"reads answered {dict(statuses)}")
    verdict = under_load(lab, lambda: time.sleep(3))
    ended = [worker for worker in lab.rig.workers if worker.popen.poll() is not None]
    demand(not ended, f"{len(ended)} workers ended")
    return f"{len(ids)} ids read: {_spelt(statuses)}; workers live; afterwards {told(verdict)}"


def loading(lab: Lab) -> str:
    """F23."""
    pipe = lab.rig.redis.pipeline(transaction=False)
    for _ in range(200):
        for _ in range(2_000):
            pipe.set(f"chaos:{_}:{time.monotonic_ns()}", "x" * 100, ex=600)
        pipe.execute()
    lab.rig.replace_redis(down_s=0)
    seen = away.call(lab, 3)
    demand(seen.slowest_s <= away.LONGEST_CALL_S, f"a call took {seen.slowest_s:.1f} s")
    return f"{seen} meanwhile; afterwards {told(under_load(lab, lambda: time.sleep(1)))}"


def too_late(lab: Lab) -> str:
    """F24."""
    caller = lab.rig.caller()
    jobs = [Submission(f"f24-{n}", (invent(Random(n)),)) for n in range(20)]
    ids = [str(caller.submit(job).id) for job in jobs]
    lab.rig.wait(lambda: all(caller.read(one).status in GONE for one in ids))
    statuses = Counter(caller.read(one).status for one in ids)
    demand(set(statuses) == {410}, f"reads answered {_spelt(statuses)}")
    return f"{len(ids)} ids read: {_spelt(statuses)}"


def _spelt(statuses: Counter[int]) -> str:
    return ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))


FAMILY = Family(
    (
        Case("F05", "`kill -9`, started again after 1 s", killed, long=True),
        Case("F06", f"stopped for {AWAY_S} s", stopped, long=True),
        Case("F07", f"SIGSTOP for {AWAY_S} s", frozen),
        Case("F08", f"DEBUG SLEEP {AWAY_S}", busy, long=True),
        Case("F09", f"CLIENT PAUSE for {AWAY_S} s, writes only", paused, long=True),
        Case("F16", "maxmemory 0.5 MB above what is used, for 8 s", full, long=True),
        Case("F17", "maxmemory 1 MB for 8 s", full_at_once, long=True),
        Case("F18", "maxmemory-policy allkeys-lru, then volatile-lru", evicting, long=True),
        Case("F22", "FLUSHALL with 50 jobs; the API keys are put back", emptied, long=True),
        Case("F23", "killed and started with 400,000 further keys", loading, long=True),
    ),
    {"lease_s": 2},
)
SHORT_LIVED = Family(
    (Case("F24", "answers kept for 1 s, read until they are gone", too_late, long=True),),
    {"result_ttl_s": 1},
)
