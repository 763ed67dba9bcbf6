"""Cases about the network between everybody and Redis: F10 to F12."""

import secrets
import time

from chaos.case import Case, Family, Lab, told, under_load
from chaos.journal import Submission
from protocol.application import EXAMPLE

#: Delay each way, s.
FAR_S = 0.1


def reset(lab: Lab) -> str:
    """F10."""
    times = 5

    def fault() -> None:
        for _ in range(times):
            time.sleep(2)
            lab.rig.proxy.reset()

    return f"{times} times: {told(under_load(lab, fault))}"


def half_open(lab: Lab) -> str:
    """F11."""
    waits: list[float] = []

    def fault() -> None:
        time.sleep(1)
        lab.rig.proxy.half_open()
        waits.append(lab.rig.wait(lambda: scored(lab)))

    verdict = under_load(lab, fault)
    return f"scoring again after {waits[0]:.1f} s: {told(verdict)}"


def scored(lab: Lab) -> bool:
    """Submit one application and wait for its score; False when it is not accepted."""
    caller = lab.rig.caller()
    job = Submission(secrets.token_hex(8), (EXAMPLE,))
    reply = caller.submit(job)
    if reply.id is None:
        return False
    lab.rig.wait(lambda: caller.read(str(reply.id)).final)
    return True


def slow(lab: Lab) -> str:
    """F12."""

    def fault() -> None:
        lab.rig.proxy.delay(FAR_S)
        time.sleep(10)
        lab.rig.proxy.delay(0)

    return told(under_load(lab, fault))


FAMILY = Family(
    (
        Case("F10", "every connection to Redis reset every 2 s", reset, long=True),
        Case("F11", "every connection to Redis falls silent, new ones work", half_open, long=True),
        Case("F12", "100 ms each way to Redis for 10 s", slow, long=True),
    ),
    {"lease_s": 2},
    proxied=True,
)
