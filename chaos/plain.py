"""The negative control: one Celery message a job, with the settings that are said to keep it.

Late acknowledgement, rejection when the worker is lost, Celery's own results; and a visibility
timeout and restore interval far below the defaults, in its favour: a message that is not back by
then never comes back. `chaos.plain_worker` is its worker.
"""

import json

from celery import Celery

from chaos.journal import Reply, Submission
from protocol.broker import broker_url
from protocol.ledger import connect

#: A message that is not acknowledged for this long is delivered again, s.
VISIBILITY_S = 5
TASK = "plain.score"
#: What a worker prints once it takes messages.
READY = "the plain worker takes messages"
#: Where kombu keeps messages: the queue, and what was delivered and not yet acknowledged.
BROKER_KEYS = ("celery", "unacked_index")


def create_app(redis_url: str) -> Celery:
    """Build the application."""
    url = broker_url(redis_url)
    app = Celery("plain", broker=url, backend=url, set_as_current=False)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_S,
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
        },
    )
    return app


class PlainTarget:
    """Submits as any Celery application does, and reads Celery's own results."""

    def __init__(self, redis_url: str) -> None:
        self._app = create_app(redis_url)
        self._redis = connect(redis_url)

    def submit(self, submission: Submission) -> Reply:
        """Publish one message; accepted when that raised nothing."""
        sent = self._app.send_task(TASK, args=[list(submission.applications[0])])
        return Reply(202, str(sent.id))

    def read(self, score_id: str) -> Reply:
        """Read Celery's result; 404 when there is none and the broker holds no message either."""
        kept = self._redis.get(f"celery-task-meta-{score_id}")
        if kept is None:
            return Reply(200 if self.holds_messages() else 404, score_id)
        meta = json.loads(str(kept))
        result = {"pd": meta["result"]} if meta["status"] == "SUCCESS" else None
        answer = json.dumps({"status": meta["status"], "result": result})
        return Reply(200, score_id, final=True, answer=answer)

    def close(self) -> None:
        """Close every connection."""
        self._app.backend.result_consumer.stop()
        self._app.close()
        self._redis.close()

    def holds_messages(self) -> bool:
        """Whether the broker still has any message, waiting or delivered."""
        return bool(self._redis.exists(*BROKER_KEYS))
