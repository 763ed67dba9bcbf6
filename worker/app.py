"""The Celery application of the worker, put together from its parts."""

import json
import os
import socket
from typing import Any

from celery import Celery, signals

from protocol.broker import WORKER_WAITS, celery_settings
from protocol.ledger import Ledger, connect
from protocol.settings import Settings
from worker import tasks, transport
from worker.scorer import Scorer
from worker.sweeper import Sweeper


def create_app(settings: Settings, scorer: Scorer) -> Celery:
    """Build the application: its task, and a sweeper that runs while the worker does."""
    app = Celery("loanscore-worker", set_as_current=False)
    app.conf.update(
        celery_settings(settings, WORKER_WAITS),
        broker_url=settings.redis,
        broker_transport=transport.NAME,
    )
    tasks.register(app, Ledger(connect(settings.redis), settings), scorer)
    sweeper = Sweeper(
        Ledger(connect(settings.redis), settings),
        _identity(scorer),
        lambda: tasks.ring(app),
        settings.sweep_s,
    )

    def start(**_: Any) -> None:
        sweeper.start()

    def stop(**_: Any) -> None:
        sweeper.stop()

    # weak=False: nobody else holds these two functions.
    signals.worker_ready.connect(start, weak=False)
    signals.worker_shutdown.connect(stop, weak=False)
    return app


def _identity(scorer: Scorer) -> str:
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
