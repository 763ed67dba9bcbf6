"""Ring the doorbell: called after an accept, answered by a worker of the lane it hangs in.

The message is sent by task name and carries nothing. If it cannot be sent the job is still kept:
a worker's sweeper rings for it.
"""

import logging

from celery import Celery
from kombu.exceptions import LimitExceeded, OperationalError
from redis.exceptions import RedisError

from protocol import names
from protocol.broker import API_WAITS, celery_settings
from protocol.settings import Settings

log = logging.getLogger("loanscore.api")


class Doorbell:
    """The API's end of a Celery queue.

    Args:
        settings: of the broker.
        name: of the message.
        queue: it goes to.
    """

    def __init__(
        self,
        settings: Settings,
        name: str = names.SCORES_DOORBELL,
        queue: str = names.SCORES_QUEUE,
    ) -> None:
        self._name, self._queue = name, queue
        self._app = Celery("loanscore-api", set_as_current=False)
        self._app.conf.update(celery_settings(settings, API_WAITS))

    def ring(self) -> None:
        """Wake a worker; never an error, see above."""
        try:
            self._app.send_task(self._name, queue=self._queue)
        except (OperationalError, LimitExceeded, RedisError, OSError) as error:
            log.warning("doorbell not sent: %s", type(error).__name__)
