"""The Celery application of a worker of scores, and what both lanes' applications are made of."""

import json
import os
import socket
from typing import Any

from celery import Celery, signals

from protocol import names
from protocol.broker import WORKER_WAITS, celery_settings
from protocol.ledger import Ledger, connect
from protocol.settings import Settings
from worker import tasks, transport
from worker.rounds import Rounds
from worker.scorer import Scorer
from worker.shelf import Shelf
from worker.sweeper import Sweeper


def create_scores_app(settings: Settings, scorer: Scorer) -> Celery:
    """Build the application of the scores' lane: its task, and a sweeper beside it."""
    app = create_plain_app(settings)
    shelf = Shelf(settings.storage_folder, settings.model_trust)
    tasks.register(app, Ledger(connect(settings.redis), settings), scorer, shelf)
    sweeper = Sweeper(
        Ledger(connect(settings.redis), settings),
        identity(scorer),
        lambda: tasks.ring(app, names.SCORES_DOORBELL, names.SCORES_QUEUE),
    )
    run_beside(Rounds("sweeper", sweeper.sweep, settings.sweep_s, sweeper.leave))
    return app


def create_plain_app(settings: Settings) -> Celery:
    """Build an application that knows its broker and has no task yet."""
    app = Celery("loanscore-worker", set_as_current=False)
    app.conf.update(
        celery_settings(settings, WORKER_WAITS),
        broker_url=settings.redis,
        broker_transport=transport.NAME,
    )
    return app


def run_beside(rounds: Rounds) -> None:
    """Make rounds for as long as this process's worker runs."""

    def start(**_: Any) -> None:
        rounds.start()

    def stop(**_: Any) -> None:
        rounds.stop()

    # weak=False: nobody else holds these two functions.
    signals.worker_ready.connect(start, weak=False)
    signals.worker_shutdown.connect(stop, weak=False)


def identity(scorer: Scorer) -> str:
    """Name this process and the model it serves, as a JSON object."""
    manifest = scorer.manifest
    return json.dumps(
        {
            "host": socket.gethostname(),
            "process": str(os.getpid()),
            "model": manifest.name,
            "version": manifest.version,
            "digest": manifest.digest,
        }
    )
