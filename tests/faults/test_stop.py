"""SIGTERM, as a deploy sends it: what is held is finished, and nothing is done twice."""

import threading
import time

import httpx
import pytest

from protocol.application import EXAMPLE
from protocol.ledger import Ledger, connect
from protocol.names import FINISHED, new_score_id
from tests.conftest import caller, running_service

#: A stop that takes longer than this has failed, s: ECS kills at 30.
STOP_S = 25
BODY = {"application": EXAMPLE._asdict()}


@pytest.fixture
def own(folder, artefact):
    """A service of this test's own."""
    with running_service(folder / new_score_id(), artefact) as service:
        yield service


class Load:
    """Callers that submit until told to stop, and what became of each submission."""

    def __init__(self, service, callers=8) -> None:
        self.service = service
        self.answered: dict[str, str] = {}
        self.unanswered: list[str] = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.submit, args=(n,)) for n in range(callers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def submit(self, number) -> None:
        with caller(self.service) as http:
            for count in range(5_000):
                if self.stopping.is_set():
                    return
                self.once(http, f"{number}-{count}")

    def once(self, http, key) -> None:
        try:
            answer = http.post("/v1/scores", json=BODY, headers={"Idempotency-Key": key})
        except httpx.ConnectError:
            self.stopping.wait(0.01)  # never sent
        except httpx.TransportError:
            self.unanswered.append(key)
        else:
            assert answer.status_code == 202, answer.text
            self.answered[key] = answer.json()["id"]


def stop(service, name) -> float:
    (process,) = [process for process in service.processes if process.name == name]
    began = time.monotonic()
    process.popen.terminate()
    assert process.popen.wait(STOP_S) == 0
    service.processes.remove(process)
    return time.monotonic() - began


def test_a_worker_that_is_stopped_finishes_what_it_holds_and_nothing_is_done_twice(own, report):
    own.start_worker("second")
    with Load(own) as load:
        while len(load.answered) < 300:
            pass
        seconds = stop(own, "worker")
        sent = len(load.answered)
        while len(load.answered) < sent + 100:
            pass
    report(f"worker stopped under load: exit 0 after {seconds:.1f} s")
    ids = list(load.answered.values())
    with caller(own) as http:
        assert {http.wait(score_id)["status"] for score_id in ids} == {"succeeded"}
    records = Ledger(connect(own.redis_url), own.settings).read(ids)
    assert {record["attempt"] for record in records} == {"1"}


def test_an_api_that_is_stopped_answers_every_request_it_accepted(own, report):
    with Load(own) as load:
        while len(load.answered) < 300:
            pass
        seconds = stop(own, "api")
    own.start_api()
    own.wait_until_ready()
    with caller(own) as http:
        for score_id in load.answered.values():
            assert http.wait(score_id)["status"] == "succeeded"
        sent_again = [
            http.post("/v1/scores", json=BODY, headers={"Idempotency-Key": key})
            for key in load.unanswered
        ]
    accepted_unanswered = sum("Idempotency-Replayed" in answer.headers for answer in sent_again)
    report(
        f"API stopped under load: exit 0 after {seconds:.1f} s, {len(load.answered)} answered,"
        f" {len(load.unanswered)} cut off, of them accepted {accepted_unanswered}"
    )
    assert accepted_unanswered == 0


def test_a_poll_that_waits_is_answered_when_the_api_stops(own, report):
    (worker,) = [process for process in own.processes if process.name == "worker"]
    worker.stop()
    own.processes.remove(worker)
    answers = []
    with caller(own) as http:
        http.timeout = 60
        score_id = http.submit(EXAMPLE)

        def wait():
            answers.append(http.get(f"/v1/scores/{score_id}", headers={"Prefer": "wait=30"}))

        waiter = threading.Thread(target=wait)
        waiter.start()
        with connect(own.redis_url) as client:
            while not client.pubsub_numsub(FINISHED)[0][1]:
                pass
        seconds = stop(own, "api")
        waiter.join()
    report(f"API stopped while a poll waited: exit 0 after {seconds:.1f} s")
    assert answers[0].json()["status"] == "queued"
