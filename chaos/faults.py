"""The faults of the mixed run; each one breaks something, heals it, and returns when it has."""

import signal
import time
from collections.abc import Callable
from random import Random

from chaos import doorbells
from chaos.rig import Rig
from local.processes import Process

Fault = Callable[[Rig, Random], None]
#: A worker is stepped this often in search of a moment at which it holds a job.
STEPS = 400
#: A worker stalls for at most so long before it is killed, as on a host that is dying, s.
STALL_S = 0.2


def kill_worker(rig: Rig, dice: Random) -> None:
    """`kill -9` a worker that stalled a moment before; another one is started at once."""
    worker = dice.choice(rig.workers)
    rig.signal(worker, signal.SIGSTOP)
    time.sleep(dice.uniform(0, STALL_S))
    rig.replace_worker(worker)


def kill_api(rig: Rig, _: Random) -> None:
    """`kill -9` the API, master and processes; it is started at once."""
    rig.replace_api()


def kill_redis(rig: Rig, dice: Random) -> None:
    """`kill -9` Redis; it comes back on its append-only file within 2 s."""
    rig.replace_redis(dice.uniform(0.5, 2))


def freeze_redis(rig: Rig, _: Random) -> None:
    """SIGSTOP Redis for 3 s."""
    rig.freeze(rig.process("redis"), 3)


def ring_twice(rig: Rig, dice: Random) -> None:
    """Deliver one doorbell message two to ten times."""
    doorbells.deliver_again(rig, dice.randint(2, 10))


def freeze_holder(rig: Rig, _: Random) -> None:
    """SIGSTOP a worker while it holds jobs, until its lease and a sweep are over."""
    holder = catch_holder(rig)
    time.sleep(rig.service.settings.lease_s + 2 * rig.service.settings.sweep_s)
    rig.signal(holder, signal.SIGCONT)


FAULTS: dict[str, Fault] = {
    "worker killed": kill_worker,
    "API killed": kill_api,
    "Redis killed": kill_redis,
    "Redis frozen 3 s": freeze_redis,
    "doorbell delivered again": ring_twice,
    "worker frozen beyond its lease": freeze_holder,
}


def catch_holder(rig: Rig) -> Process:
    """Stop the youngest worker at a moment at which it holds jobs; the others go on.

    What stays leased while the others have time to finish is held by the one that is stopped. When
    it is never caught holding something, it stays stopped all the same.
    """
    *others, youngest = rig.workers
    for _ in range(STEPS):
        rig.signal(youngest, signal.SIGSTOP)
        held = set(rig.leases())
        if held and _still_held(rig, held, bool(others)):
            break
        rig.signal(youngest, signal.SIGCONT)
        time.sleep(0.003)
    else:
        rig.signal(youngest, signal.SIGSTOP)
    return youngest


def _still_held(rig: Rig, held: set[str], doubt: bool) -> bool:
    """Whether some of it stays leased while the others, if there are any, have time to finish."""
    if doubt:
        time.sleep(0.1)
    return bool(held & set(rig.leases()))
