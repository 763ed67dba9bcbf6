"""Redis is away, frozen or killed: the API says so soon, and nothing accepted is lost."""

import os
import signal
import time

from protocol import names
from protocol.application import EXAMPLE
from protocol.ledger import Ledger, connect
from tests.client import Client

SUBMISSION = {"application": EXAMPLE._asdict()}


def calls(http: Client) -> list[tuple[int, float, str]]:
    """Status, seconds and code of every call that needs Redis."""
    answers = []
    for method, path in (
        ("POST", "/v1/scores"),
        ("GET", f"/v1/scores/{names.new_score_id()}"),
        ("POST", "/v1/scores"),
    ):
        began = time.monotonic()
        response = http.request(method, path, json=SUBMISSION)
        code = response.json()["code"]
        answers.append((response.status_code, time.monotonic() - began, code))
        assert int(response.headers["Retry-After"]) >= 1
    return answers


def check_unavailable(http: Client, report, what: str) -> None:
    answers = calls(http)
    assert {(status, code) for status, _, code in answers} == {(503, "unavailable")}
    report(f"Redis {what}: 503 after {max(seconds for _, seconds, _ in answers):.2f} s at most")
    assert http.get("/livez").status_code == 200
    assert http.get("/readyz").json()["redis"] == "failing"


def test_redis_writes_to_the_disk_before_it_answers(own):
    """With everysec a kill during an fsync lost accepted jobs, too seldom for a test to see."""
    with connect(own.redis_url) as client:
        kept = client.config_get("append*")
    assert (kept["appendonly"], kept["appendfsync"]) == ("yes", "always")


def test_a_frozen_redis_is_a_503_and_then_all_is_well(own, own_http, report):
    redis = own.processes[0]
    redis.popen.send_signal(signal.SIGSTOP)
    try:
        check_unavailable(own_http, report, "frozen")
    finally:
        redis.popen.send_signal(signal.SIGCONT)
    assert own_http.wait(own_http.submit(EXAMPLE))["status"] == "succeeded"


def test_a_killed_redis_is_a_503_and_keeps_what_was_accepted(own, own_http, report):
    worker, redis = own.processes[1], own.processes[0]
    os.killpg(worker.popen.pid, signal.SIGSTOP)
    ids = [own_http.submit(EXAMPLE) for _ in range(50)]
    redis.popen.kill()
    redis.popen.wait()
    check_unavailable(own_http, report, "killed")
    own.processes.remove(redis)
    own.start_redis()
    os.killpg(worker.popen.pid, signal.SIGCONT)
    came_back = time.monotonic()
    while own_http.get("/readyz").status_code != 200:
        assert time.monotonic() < came_back + 60
        time.sleep(0.1)
    scores = [own_http.wait(score_id, 60) for score_id in ids]
    report(
        f"Redis killed with 50 jobs waiting: answered {time.monotonic() - came_back:.1f} s later"
    )
    assert {score["status"] for score in scores} == {"succeeded"}
    assert Ledger(connect(own.redis_url), own.settings).books().drift == 0
