"""Cases about the same thing asked or delivered many times: F15, F34 to F36."""

import base64
import json
import pickle
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import httpx

from chaos import doorbells
from chaos.case import Case, Family, Lab, demand, told, under_load
from chaos.journal import Submission
from chaos.offline import invent
from protocol import names

#: Messages that no Celery wrote.
GARBAGE = (
    b"\x00\xff garbage",
    b'{"body": "cut sho',
    b"[]",
    b"{}",
    b'{"__type__": "nope", "__value__": 1}',
)


def api_replaced(lab: Lab) -> str:
    """F15."""
    rig, turns = lab.rig, 6

    def fault() -> None:
        for turn in range(turns):
            if turn % 2:
                api = rig.process("api")
                rig.service.processes.remove(api)
                api.stop()
                rig.service.start_api()
            else:
                rig.replace_api()
            rig.wait(lambda: _lives(rig.service.url))
            time.sleep(1)

    verdict = under_load(lab, fault)
    return f"{turns // 2} kills, {turns // 2} stops: {told(verdict)}; no key got two ids"


def _lives(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez").status_code == 200
    except httpx.TransportError:
        return False


def rung_many_times(lab: Lab) -> str:
    """F34."""
    times, rounds = 10, 20

    def fault() -> None:
        for _ in range(rounds):
            doorbells.deliver_again(lab.rig, times)
            time.sleep(0.1)

    return f"{rounds} x {times} copies: {told(under_load(lab, fault))}"


def same_key(lab: Lab) -> str:
    """F35."""
    caller, callers = lab.rig.caller(), 50
    job, other = (Submission("f35", (invent(Random(n)),)) for n in (1, 2))
    with ThreadPoolExecutor(callers) as crowd:
        replies = list(crowd.map(caller.submit, [job] * callers))
        others = list(crowd.map(caller.submit, [other] * callers))
    ids, statuses = {reply.id for reply in replies}, {reply.status for reply in replies}
    demand(len(ids) == 1 and statuses <= {200, 202}, f"{len(ids)} ids, statuses {statuses}")
    refused = {reply.status for reply in others}
    demand(refused == {422}, f"another body was answered {refused}")
    return f"{callers} callers at once: 1 id; another body: {callers} x 422"


class _Mark:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self._path,)


def _pickled(mark: Path) -> bytes:
    """Write what kombu takes for a pickled message."""
    message = {
        "body": base64.b64encode(pickle.dumps(_Mark(mark))).decode(),
        "content-type": "application/x-python-serialize",
        "content-encoding": "binary",
        "headers": {"task": names.SCORES_DOORBELL, "id": "x"},
        "properties": {
            "body_encoding": "base64",
            "delivery_tag": "x",
            "delivery_info": {"exchange": "", "routing_key": names.SCORES_QUEUE},
        },
    }
    return json.dumps(message).encode()


def undecodable(lab: Lab) -> str:
    """F36."""
    queue, mark = names.TAG + names.SCORES_QUEUE, lab.rig.service.logs / "unpickled"
    messages = (*GARBAGE, _pickled(mark))

    def fault() -> None:
        for message in messages:
            lab.rig.redis.lpush(queue, message)
            time.sleep(0.3)
        lab.rig.wait(lambda: lab.rig.redis.llen(queue) == 0)

    verdict = under_load(lab, fault)
    ended = [worker.popen.poll() for worker in lab.rig.workers if worker.popen.poll() is not None]
    demand(not ended, f"{len(ended)} workers ended, exit codes {ended}")
    demand(not mark.exists(), "a pickle was executed")
    return f"{len(messages)} messages taken, no worker ended, nothing unpickled: {told(verdict)}"


FAMILY = Family(
    (
        Case(
            "F15", "`kill -9` and SIGTERM of the API's processes in turn", api_replaced, long=True
        ),
        Case("F34", "one message pushed 10 times, 20 times", rung_many_times),
        Case("F35", "50 callers with one key, then 50 with another body", same_key),
        Case("F36", "bytes, cut JSON, pickle and `__type__` pushed into the queue", undecodable),
    ),
    {"lease_s": 2},
)
