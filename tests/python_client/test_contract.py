"""Keys, waits, cancellation, erasure and batches, through the client and the running service."""

import pytest
from loanscore_client import Client, Conflict, Gone, Invalid, KeyReused, StillRunning

from local.key import read
from protocol.application import EXAMPLE
from tests.conftest import make_service

APPLICATION = EXAMPLE._asdict()


def client_of(service, **more):
    return Client(service.url, read(service.settings), **more)


@pytest.fixture
def loanscore(service):
    with client_of(service) as client:
        yield client


@pytest.fixture(scope="module")
def idle(folder, artefact):
    """A client of a service whose worker was stopped: what it accepts stays queued."""
    service = make_service(folder / "idle-for-client", artefact)
    try:
        service.start()
        worker = next(process for process in service.processes if process.name == "worker")
        worker.stop()
        service.processes.remove(worker)
        with client_of(service) as client:
            yield client
    finally:
        service.stop()


def test_the_same_key_and_body_is_the_same_score(loanscore):
    first = loanscore.create(APPLICATION, idempotency_key="client-replay")
    again = loanscore.create(APPLICATION, idempotency_key="client-replay")
    assert (first.replayed, again.replayed) == (False, True)
    assert first.id == again.id
    waited = loanscore.create_and_wait(APPLICATION, idempotency_key="client-replay")
    assert (waited.id, waited.status) == (first.id, "succeeded")


def test_the_same_key_and_another_body_is_refused(loanscore):
    loanscore.create(APPLICATION, idempotency_key="client-reuse")
    with pytest.raises(KeyReused) as caught:
        loanscore.create(APPLICATION | {"income": 5}, idempotency_key="client-reuse")
    assert caught.value.idempotency_key == "client-reuse"


def test_what_was_erased_is_gone_and_can_be_erased_again(loanscore):
    score = loanscore.create_and_wait(APPLICATION)
    loanscore.erase(score.id)
    loanscore.erase(score.id)
    with pytest.raises(Gone):
        loanscore.get(score.id)


def test_what_is_final_cannot_be_cancelled(loanscore):
    score = loanscore.create_and_wait(APPLICATION)
    with pytest.raises(Conflict, match="409 already-final"):
        loanscore.cancel(score.id)


def test_a_batch_is_scored_in_order_and_skips_what_is_invalid(loanscore):
    items = [{"application": APPLICATION, "reference": f"r{index}"} for index in range(3)]
    items[1] = {"application": APPLICATION | {"fico_score": 9}, "reference": "r1"}
    batch = loanscore.create_batch_and_wait(items, on_invalid="skip")
    assert batch.final
    assert [item.reference for item in batch.items] == ["r0", "r1", "r2"]
    assert [item.status for item in batch.items] == ["succeeded", "invalid", "succeeded"]
    counts = batch.counts
    assert (counts.total, counts.scored, counts.invalid, counts.unprocessed) == (3, 2, 1, 0)
    assert batch.items[1].error.errors[0].pointer.endswith("/application/fico_score")
    assert loanscore.get(batch.items[0].id).result == batch.items[0].result
    assert loanscore.get_batch(batch.id) == batch


def test_a_batch_with_a_fault_is_refused_whole_unless_told_otherwise(loanscore):
    with pytest.raises(Invalid) as caught:
        loanscore.create_batch([{"application": APPLICATION}, {"application": {}}])
    assert {fault.pointer.split("/")[2] for fault in caught.value.errors} == {"1"}


def test_an_erased_batch_is_gone(loanscore):
    batch = loanscore.create_batch_and_wait([{"application": APPLICATION}])
    loanscore.erase_batch(batch.id)
    with pytest.raises(Gone):
        loanscore.wait_batch(batch.id)


def test_what_nobody_scores_is_still_running_when_the_time_is_up(idle):
    with pytest.raises(StillRunning) as caught:
        idle.create_and_wait(APPLICATION, wait_s=1.2)
    assert idle.get(caught.value.id).status == "queued"


def test_a_waiting_score_can_be_cancelled_and_stays_so(idle):
    accepted = idle.create(APPLICATION)
    cancelled = idle.cancel(accepted.id)
    assert cancelled.status == "cancelled"
    assert cancelled.final
    assert idle.cancel(accepted.id) == idle.wait(accepted.id) == cancelled


def test_a_deadline_ends_the_waiting(idle):
    score = idle.create_and_wait(APPLICATION, deadline_s=1, wait_s=3)
    assert (score.status, score.result) == ("expired", None)


def test_a_waiting_batch_can_be_cancelled(idle):
    accepted = idle.create_batch([{"application": APPLICATION}] * 2)
    batch = idle.cancel_batch(accepted.id)
    assert batch.status == "cancelled"
    assert [item.status for item in batch.items] == ["cancelled"] * 2
