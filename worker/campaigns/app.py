"""The Celery application of a worker of campaigns, put together from its parts."""

import logging

from celery import Celery

from portfolio import apart
from protocol import names
from protocol.campaigns import Campaigns
from protocol.ledger import connect
from protocol.monitoring import Watch
from protocol.record_stream import RecordStream
from protocol.refused import Refused
from protocol.settings import Settings
from worker.app import create_plain_app, run_beside
from worker.campaigns import tasks
from worker.campaigns.archiver import Archiver
from worker.campaigns.monitor import Monitor
from worker.campaigns.steps import Steps
from worker.campaigns.sweeper import Sweeper
from worker.champion import Champion
from worker.rounds import Rounds
from worker.tasks import ring

log = logging.getLogger("loanscore.worker")


def create_campaigns_app(settings: Settings, champion: Champion) -> Celery:
    """Build the application of the campaigns' lane, and beside its task what looks after files."""
    apart.reader.stand_by()
    app = create_plain_app(settings)
    campaigns = Campaigns(connect(settings.redis), settings)
    tasks.register(app, campaigns, Steps(campaigns, settings, champion), settings)
    sweeper = Sweeper(
        Campaigns(connect(settings.redis), settings),
        champion.identity,
        settings,
        lambda: ring(app, names.CAMPAIGNS_DOORBELL, names.CAMPAIGNS_QUEUE),
    )
    run_beside(Rounds("sweeper", sweeper.sweep, settings.sweep_s, sweeper.leave))
    run_beside(Rounds("champion", champion.look, settings.sweep_s))
    archiver = Archiver(RecordStream(connect(settings.redis), settings), settings)
    run_beside(Rounds("archiver", archiver.look, min(1, settings.archive_s)))
    client = connect(settings.redis)
    monitor = Monitor(Watch(client, settings), Refused(client), settings)
    run_beside(Rounds("monitor", monitor.look, min(1, settings.monitor_s)))
    if settings.challenger_days:
        _cast_shade(settings, champion)
    return app


def _cast_shade(settings: Settings, champion: Champion) -> None:
    """Have a challenger score what was archived, beside all else."""
    if settings.model_trust == "coefficients":
        if settings.challenger_folder.exists():
            log.warning("no challenger scores: LOANSCORE_MODEL_TRUST=coefficients loads no pickle")
        return
    # Imported late: who trusts coefficients alone has no unpickler in memory.
    from worker.challenger.shade import Shade  # noqa: PLC0415

    shade = Shade(settings, champion.shelf)
    run_beside(Rounds("challenger", shade.look, min(1, settings.archive_s), shade.close))
