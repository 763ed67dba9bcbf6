"""`/metrics` for Prometheus, on a port of its own: the books, the queue, the workers.

Served by the API's parent process, which answers no callers. Read from Redis at each scrape, so
every API of a fleet shows the same numbers; nothing in them is about an applicant.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from protocol.campaigns import Backlog, Campaigns
from protocol.errors import LedgerUnavailable
from protocol.ledger import Books, Ledger
from protocol.overrides import Count, Overrides
from protocol.record_stream import RecordStream, Waiting


class LedgerCollector(Collector):
    """Reads the ledger's counts when it is asked."""

    def __init__(
        self, ledger: Ledger, campaigns: Campaigns, records: RecordStream, overrides: Overrides
    ) -> None:
        self._ledger = ledger
        self._campaigns = campaigns
        self._records = records
        self._overrides = overrides

    def collect(self) -> Iterator[Metric]:
        """Give every metric, or only that Redis does not answer."""
        try:
            books, workers = self._ledger.books(), len(self._ledger.live_workers())
            records, overrides = self._records.waiting(), self._overrides.counts()
            backlog, others = self._campaigns.backlog(), len(self._campaigns.live_workers())
        except LedgerUnavailable:
            yield GaugeMetricFamily("loanscore_redis_up", "1 while Redis answers", 0)
            return
        yield GaugeMetricFamily("loanscore_redis_up", "1 while Redis answers", 1)
        yield GaugeMetricFamily("loanscore_workers", "workers that live", workers)
        yield from _of_books(books)
        yield GaugeMetricFamily("loanscore_campaign_workers", "campaign workers that live", others)
        yield from _of_backlog(backlog)
        yield from _of_records(records)
        yield _of_overrides(overrides)

    def describe(self) -> list[Metric]:
        """Name nothing ahead, so that registering does not ask Redis."""
        return []


def _of_books(books: Books) -> Iterator[Metric]:
    yield CounterMetricFamily("loanscore_jobs_accepted", "jobs ever accepted", books.accepted)
    now = GaugeMetricFamily("loanscore_jobs", "jobs that are not final", labels=["state"])
    now.add_metric(["queued"], books.queued)
    now.add_metric(["running"], books.running)
    yield now
    final = CounterMetricFamily("loanscore_jobs_final", "jobs that became final", labels=["state"])
    for state, jobs in books.final.items():
        final.add_metric([state], jobs)
    yield final
    drift = "accepted - queued - running - final: always 0, else jobs were lost"
    yield GaugeMetricFamily("loanscore_books_drift", drift, books.drift)
    age = "how long the oldest queued job has waited"
    yield GaugeMetricFamily("loanscore_oldest_queued_seconds", age, books.oldest_s)
    dead = "dead letters that can still be re-driven"
    yield GaugeMetricFamily("loanscore_dead_letters", dead, books.dead_letters)


def _of_backlog(backlog: Backlog) -> Iterator[Metric]:
    yield GaugeMetricFamily("loanscore_campaigns", "campaigns that are not final", backlog.open)
    steps = "steps of campaigns that wait for a worker"
    yield GaugeMetricFamily("loanscore_campaign_steps", steps, backlog.waiting)
    age = "how long the oldest waiting step has waited"
    yield GaugeMetricFamily("loanscore_oldest_campaign_step_seconds", age, backlog.oldest_s)


def _of_records(records: Waiting) -> Iterator[Metric]:
    waiting = "decision records that wait to be archived"
    yield GaugeMetricFamily("loanscore_records_waiting", waiting, records.records)
    age = "how long the oldest of them has waited"
    yield GaugeMetricFamily("loanscore_oldest_record_seconds", age, records.oldest_s)


def _of_overrides(counts: list[Count]) -> Metric:
    said = "events of overrides: in-force is a decision that was overridden"
    labels = ["state", "direction", "reason"]
    metric = CounterMetricFamily("loanscore_overrides", said, labels=labels)
    for count in counts:
        metric.add_metric([count.state, count.direction, count.reason], count.events)
    return metric


def serve(collector: LedgerCollector, host: str, port: int) -> None:
    """Serve the metrics from a thread of this process.

    Raises:
        OSError: the port cannot be used.
    """
    registry = CollectorRegistry()
    registry.register(collector)
    start_http_server(port, host, registry)
