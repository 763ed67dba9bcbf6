"""Copies of a doorbell: what a broker does that delivers one message more than once."""

import json

from celery import Celery

from chaos.rig import Rig
from protocol import names
from protocol.broker import API_WAITS, celery_settings

#: A queue nobody serves: the message is taken from there.
TEMPLATE_QUEUE = "chaos"


def deliver_again(rig: Rig, times: int = 2) -> None:
    """Put one and the same doorbell into the queue several times."""
    message = _message(rig)
    for _ in range(times):
        rig.redis.lpush(names.TAG + names.SCORES_QUEUE, message)


def _message(rig: Rig) -> str:
    """Have Celery itself write the message, to a queue nobody serves."""
    settings = rig.service.settings.model_copy(update={"redis_url": rig.service.redis_url})
    with Celery("chaos", set_as_current=False) as app:
        app.conf.update(celery_settings(settings, API_WAITS))
        app.send_task(names.SCORES_DOORBELL, queue=TEMPLATE_QUEUE)
    message = json.loads(str(rig.redis.rpop(names.TAG + TEMPLATE_QUEUE)))
    message["properties"]["delivery_info"]["routing_key"] = names.SCORES_QUEUE
    return json.dumps(message)
