"""Start the API: `python -m api`. SIGTERM lets the requests under way finish."""

import logging
import os
import signal
import sys

from granian import Granian
from granian.constants import Interfaces

from api import metrics
from api.gauges import Gauges
from protocol.campaigns import Campaigns
from protocol.errors import LedgerUnavailable, LoanscoreError
from protocol.ledger import Ledger, connect
from protocol.overrides import Overrides
from protocol.policy import read_policy
from protocol.record_stream import RecordStream
from protocol.redis_policy import check_policy, durability
from protocol.settings import Settings

log = logging.getLogger("loanscore.api")


def main() -> int:
    """Check the settings, then serve until stopped.

    Returns:
        The exit code.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings.read(os.environ)
        policy = read_policy(settings.policy)
        _check_redis(settings)
        log.info("policy %s %s", policy.version, policy.digest)
        if settings.metrics_port:
            client = connect(settings.redis)
            books = Ledger(client, settings), Campaigns(client, settings)
            decisions = RecordStream(client, settings), Overrides(client, settings)
            collector = metrics.LedgerCollector(*books, *decisions)
            metrics.serve(collector, settings.host, settings.metrics_port)
        if settings.gauges_namespace:
            _gauges(settings, settings.gauges_namespace).keep_writing(sys.stdout)
    except (LoanscoreError, OSError) as error:
        sys.stderr.write(f"loanscore api: {error}\n")
        return 1
    os.register_at_fork(after_in_child=_end_when_told)
    Granian(
        "api.app:create_served_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=settings.port,
        blocking_threads=settings.api_threads,
        log_access=False,
        websockets=False,
    ).serve()
    return 0


def _gauges(settings: Settings, namespace: str) -> Gauges:
    client = connect(settings.redis)
    return Gauges(client, Ledger(client, settings), Campaigns(client, settings), namespace)


def _end_when_told() -> None:
    """Let a signal end the process that will answer, until the server's own handlers are there.

    A fork has its parent's handlers, which do nothing in it: a SIGTERM that came while the
    application is built would pass unheard, the server wait for ever, and whoever stops the server
    kill it in the end and leave this process behind.
    """
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, signal.SIG_DFL)


def _check_redis(settings: Settings) -> None:
    """Refuse a Redis that evicts; one that does not answer yet is answered for, with 503."""
    with connect(settings.redis) as client:
        try:
            check_policy(client)
            kept = durability(client, settings.redis_durability)
        except LedgerUnavailable as error:
            log.warning("%s; starting without it", error)
        else:
            log.info("Redis durability: %s", kept)


if __name__ == "__main__":
    sys.exit(main())
