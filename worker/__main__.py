"""Start one worker: `python -m worker`, or `python -m worker campaigns` for the other lane.

It refuses a wrong model in one line, exit code 1.

One process, the solo pool: more cores or machines run more workers. SIGTERM lets the running task
finish (a second at most) and exits 0.
"""

import logging
import os
import signal
import sys
from collections.abc import Callable

from celery import Celery, signals

from protocol import names
from protocol.errors import LoanscoreError
from protocol.ledger import connect
from protocol.policy import read_policy
from protocol.redis_policy import durability, wait_until_fit
from protocol.settings import Settings
from worker.app import create_scores_app
from worker.champion import Champion
from worker.depot import fetch_model
from worker.giving_way import give_way

_CAMPAIGNS = "campaigns"
log = logging.getLogger("loanscore.worker")
CreateApp = Callable[[Settings, Champion], Celery]
#: What follows `celery` on the command line. The three --without: what they switch off costs each
#: worker connections to every other, and is what kept workers silent after a reconnect.
COMMAND = (
    "worker",
    "--pool=solo",
    "--without-mingle",
    "--without-gossip",
    "--without-heartbeat",
)


def main(arguments: list[str]) -> int:
    """Load the model, keep it for later, then serve until stopped.

    Args:
        arguments: what follows the program's name: nothing, or `campaigns`.
    Returns:
        The exit code.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("celery", "kombu"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    signals.setup_logging.connect(_keep_logging, weak=False)
    if arguments not in ([], [_CAMPAIGNS]):
        sys.stderr.write(f"loanscore worker: give nothing, or {_CAMPAIGNS} for the other lane\n")
        return 2
    try:
        settings = Settings.read(os.environ)
        policy = read_policy(settings.policy)
        if settings.model_uri:
            fetch_model(settings.model_uri, settings.artefact_folder)
        champion = Champion(settings, policy)
        kept = _wait_for_redis(settings)
    except LoanscoreError as error:
        sys.stderr.write(f"loanscore worker: {error}\n")
        return 1
    champion.tell()
    log.info("policy %s %s", policy.version, policy.digest)
    log.info("Redis durability: %s", kept)
    create_app, queue = _lane(arguments)
    create_app(settings, champion).worker_main([*COMMAND, f"--queues={queue}"])
    return 0


def _lane(arguments: list[str]) -> tuple[CreateApp, str]:
    if arguments != [_CAMPAIGNS]:
        return create_scores_app, names.SCORES_QUEUE
    give_way()
    # Polars reads it when it is loaded: one process is one core, more run more workers.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    from worker.campaigns.app import create_campaigns_app  # noqa: PLC0415 - with polars

    return create_campaigns_app, names.CAMPAIGNS_QUEUE


def _wait_for_redis(settings: Settings) -> str:
    # As a container's first process it would not hear SIGTERM until Celery listens.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with connect(settings.redis) as client:
        wait_until_fit(client, log)
        return durability(client, settings.redis_durability)


def _keep_logging(**_: object) -> None:
    """Keep Celery from replacing the logging set up here."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
