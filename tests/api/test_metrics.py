"""`/metrics`: the books, as Prometheus reads them."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from protocol.application import EXAMPLE
from tests.conftest import caller, free_port, make_service


@pytest.fixture(scope="module")
def measured(folder, artefact):
    """A service of its own that serves metrics."""
    service = make_service(folder / "measured", artefact, metrics_port=free_port())
    try:
        service.start()
        yield service
    finally:
        service.stop()


def scraped(service) -> dict[str, float]:
    settings = service.settings
    text = httpx.get(f"http://{settings.host}:{settings.metrics_port}/metrics").text
    return {
        "/".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_books_balance_after_every_kind_of_end(measured):
    before = scraped(measured)
    with caller(measured) as http:
        http.wait(http.submit(EXAMPLE))
        late = http.post("/v1/scores", json={"application": EXAMPLE._asdict(), "deadline_s": 60})
        http.wait(late.json()["id"])
    after = scraped(measured)
    assert before["loanscore_jobs_accepted_total"] + 2 == after["loanscore_jobs_accepted_total"]
    assert after["loanscore_jobs_final_total/succeeded"] == after["loanscore_jobs_accepted_total"]
    assert after["loanscore_books_drift"] == 0
    assert after["loanscore_records_waiting"] == after["loanscore_jobs_accepted_total"]
    assert after["loanscore_oldest_record_seconds"] > 0
    assert (after["loanscore_redis_up"], after["loanscore_workers"]) == (1, 1)
    assert (after["loanscore_campaigns"], after["loanscore_campaign_workers"]) == (0, 0)
    assert after["loanscore_jobs/queued"] == after["loanscore_oldest_queued_seconds"] == 0


def test_a_redis_that_is_away_is_all_there_is_to_say(measured):
    (redis,) = [process for process in measured.processes if process.name == "redis"]
    redis.stop()
    try:
        assert scraped(measured) == {"loanscore_redis_up": 0}
    finally:
        measured.processes.remove(redis)
        measured.start_redis()
