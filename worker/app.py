"""The Celery application of a worker of scores, and what both lanes' applications are made of."""

from typing import Any

from celery import Celery, signals

from protocol import names
from protocol.broker import WORKER_WAITS, celery_settings
from protocol.ledger import Ledger, connect
from protocol.settings import Settings
from worker import tasks, transport
from worker.champion import Champion
from worker.rounds import Rounds
from worker.sweeper import Sweeper


def create_scores_app(settings: Settings, champion: Champion) -> Celery:
    """Build the application of the scores' lane: its task, and a sweeper beside it."""
    app = create_plain_app(settings)
    tasks.register(app, Ledger(connect(settings.redis), settings), champion)
    sweeper = Sweeper(
        Ledger(connect(settings.redis), settings),
        champion.identity,
        lambda: tasks.ring(app, names.SCORES_DOORBELL, names.SCORES_QUEUE),
    )
    run_beside(Rounds("sweeper", sweeper.sweep, settings.sweep_s, sweeper.leave))
    run_beside(Rounds("champion", champion.look, settings.sweep_s))
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
