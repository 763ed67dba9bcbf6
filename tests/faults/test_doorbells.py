"""Doorbells: nothing is noted of them in Redis, and nothing else comes through their queue."""

import base64
import json
import os
import pickle
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from local.processes import Process
from local.service import Service
from protocol import names
from protocol.application import EXAMPLE
from tests.client import Client

QUEUE = names.TAG + names.SCORES_QUEUE


def worker_of(own: Service) -> Process:
    (worker,) = [process for process in own.processes if process.name.startswith("worker")]
    return worker


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def check_scored(http: Client, operator: redis.Redis) -> None:
    """The queue is read to its end, and a job that comes after is scored."""
    until(lambda: operator.llen(QUEUE) == 0)
    assert http.wait(http.submit(EXAMPLE))["status"] == "succeeded"


def test_no_doorbell_is_ever_noted_as_unacknowledged(own_http, operator):
    with operator.monitor() as monitor:
        for _ in range(5):
            # with the bell down each submission rings
            ids = [(own_http.submit(EXAMPLE), operator.delete(names.BELL))[0] for _ in range(40)]
            assert {own_http.wait(score_id)["status"] for score_id in ids} == {"succeeded"}
        # the first may go to a pop from before; the others take pops that are seen
        until(lambda: operator.llen(QUEUE) == 0)
        operator.echo("enough")
        seen = []
        while "enough" not in (command := monitor.next_command()["command"]):
            seen.append(command)
    rung = [command for command in seen if command.startswith(("LPUSH", "BRPOP"))]
    assert any(command.startswith("LPUSH") for command in rung)
    assert any(command.startswith("BRPOP") for command in rung)
    assert [command for command in seen if "unacked" in command] == []
    assert list(operator.scan_iter("*unacked*")) == []


class Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return (os.mkdir, (str(self.marker),))


def message(body: object, **headers: object) -> bytes:
    content_type = headers.pop("content_type", "application/json")
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return json.dumps(
        {
            "body": base64.b64encode(encoded).decode(),
            "content-type": content_type,
            "content-encoding": "binary" if isinstance(body, bytes) else "utf-8",
            "headers": {"id": "1", "task": names.SCORES_DOORBELL, "lang": "py", **headers},
            "properties": {
                "body_encoding": "base64",
                "delivery_tag": "1",
                "delivery_info": {"exchange": "", "routing_key": names.SCORES_QUEUE},
            },
        }
    ).encode()


def hostile(marker: Path) -> dict[str, bytes]:
    pickled = pickle.dumps(Bomb(marker))
    whole = message([[], {}, {}])
    call = {"task": "celery.backend_cleanup", "args": [], "kwargs": {}, "options": {}}
    return {
        "garbage": b"\xff\x00garbage",
        "no UTF-8 within JSON": b'{"headers": {"task": "\xff"}}',
        "a pickle": pickled,
        "a pickle as the body": message(pickled, content_type="application/x-python-serialize"),
        "truncated": whole[: len(whole) // 2],
        "empty": b"",
        "a type kombu does not know": b'{"__type__": "nope", "__value__": 1}',
        "the same in the body": message([[], {}, {"__type__": "nope", "__value__": 1}]),
        "nesting beyond the stack": b"[" * 100_000,
        "a number": b"1",
        "a list": b"[1, 2]",
        "no headers": b'{"body": ""}',
        "a name that is no text": message([[], {}, {}], task=["loanscore.score_waiting"]),
        "another task": message([[], {}, {}], task="celery.backend_cleanup"),
        "arguments": message([["surplus"], {"more": 1}, {}]),
        "a call for afterwards": message([[], {}, {"callbacks": [call], "chain": [call]}]),
        "a date that overflows": message([[], {}, {}], eta="9999-12-31T23:59:59"),
        "a date in a year": message([[], {}, {}], eta="2999-01-01T00:00:00"),
        "already too late": message([[], {}, {}], expires="1999-01-01T00:00:00"),
    }


KINDS = list(hostile(Path("/nowhere")))


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_lies_in_the_queue_runs_nothing_and_stops_no_worker(
    own, own_http, operator, folder, kind
):
    marker = folder / "marker"
    operator.lpush(QUEUE, hostile(marker)[kind])
    check_scored(own_http, operator)
    own.check()
    assert not marker.exists()
    log = worker_of(own).log.read_text()
    assert "Traceback" not in log
    assert "CRITICAL" not in log


def test_a_worker_that_is_stopped_holding_a_doorbell_ends_without_a_word(own, own_http, operator):
    worker = worker_of(own)
    check_scored(own_http, operator)
    os.killpg(worker.popen.pid, signal.SIGSTOP)
    waiting = []
    for _ in range(3):
        operator.delete(names.BELL)
        waiting.append(own_http.submit(EXAMPLE))
    worker.popen.terminate()
    os.killpg(worker.popen.pid, signal.SIGCONT)
    assert worker.popen.wait(15) == 0
    own.processes.remove(worker)
    said = worker.log.read_text()
    assert [word for word in ("Restoring", "Traceback", "ERROR", "CRITICAL") if word in said] == []
    own.start_worker("worker-2")
    assert {own_http.wait(score_id)["status"] for score_id in waiting} == {"succeeded"}
