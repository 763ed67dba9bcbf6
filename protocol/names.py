"""Every name that two rooms must agree on: the task, the queue, the Redis keys, the ids."""

import re
import secrets
import time

#: Hash tag of every key, so that all of them live on one shard of a cluster.
TAG = "{ls}"
#: The Celery queue of single scores; kombu's own key is TAG + this.
SCORES_QUEUE = "scores"
#: The doorbell: a Celery message that carries nothing. Sent by this name, so the API never
#: imports the worker.
SCORES_DOORBELL = "loanscore.score_waiting"

#: A score's id: "sc_", 12 hex digits of milliseconds (sortable), 128 random bits (unguessable).
SCORE_ID = re.compile(r"sc_[0-9a-f]{44}")

#: Hash of one job; append the id.
JOB = TAG + "job:"
#: List of waiting ids: pushed on the left, claimed on the right.
READY = TAG + "ready:scores"
#: Sorted set of claimed ids by the end of their lease, milliseconds of Redis's clock.
LEASES = TAG + "leases:scores"
#: Exists while a doorbell message is on its way.
BELL = TAG + "bell:scores"
#: List of ids given up after too many attempts, newest first.
DEAD = TAG + "dead:scores"
#: Hash of counters: accepted, and one per final state.
BOOKS = TAG + "books:scores"
#: Sorted set of live workers by the time they are presumed gone, milliseconds of Redis's clock.
WORKERS = TAG + "workers"


def new_score_id() -> str:
    """Make an id nobody can guess and that sorts by the time it was made.

    >>> SCORE_ID.fullmatch(new_score_id()) is not None
    True
    """
    return f"sc_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(16)}"
