"""Celery's settings, the same for the API that rings and the worker that answers.

Plain data: this room imports no Celery. The reasons are measured: without socket timeouts a frozen
Redis blocks a publisher for ever and a half-open connection silences a worker for good; a result
backend makes the API fail when only that backend is down; and since doorbells carry no data, losing
or repeating one is harmless.

Not here because they would do nothing: visibility_timeout and its sweep (`worker.transport` keeps
no unacknowledged messages), task_time_limit, task_soft_time_limit and worker_max_memory_per_child
(the solo pool has no child to end; a task ends itself after a second, and a stuck worker's jobs
return when their lease ends).
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from protocol import names
from protocol.settings import Settings

#: The socket waits of a worker, which may block on an empty queue.
WORKER_WAITS: dict[str, Any] = {"socket_timeout": 5, "socket_connect_timeout": 2}
#: The socket waits of the API, which has a caller to answer.
API_WAITS: dict[str, Any] = {
    "socket_timeout": 0.6,
    "socket_connect_timeout": 0.5,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}


def broker_url(redis_url: str) -> str:
    """Give kombu's spelling of a Redis URL: it has its own for Unix sockets.

    >>> broker_url("unix://api:p%40ss@/run/redis.sock?db=1")
    'redis+socket://api:p%40ss@/run/redis.sock?virtual_host=1'
    >>> broker_url("rediss://api:p%40ss@localhost:6379/0")
    'rediss://api:p%40ss@localhost:6379/0'
    """
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    (database,) = parse_qs(parts.query).get("db", ["0"])
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"


def celery_settings(settings: Settings, waits: dict[str, Any]) -> dict[str, Any]:
    """Give the settings of a Celery application.

    Args:
        settings: names the Redis.
        waits: `WORKER_WAITS` or `API_WAITS`.
    """
    # kombu does not check certificates unless it is told to; what the URL says goes before this.
    over_tls = settings.redis.startswith("rediss://")
    return {
        "broker_url": broker_url(settings.redis),
        "broker_use_ssl": {"ssl_cert_reqs": "required"} if over_tls else None,
        "broker_transport_options": {
            "global_keyprefix": names.TAG,
            "socket_keepalive": True,
            "health_check_interval": 10,
            # one list instead of one for each of four priorities
            "priority_steps": [0],
            **waits,
        },
        "broker_pool_acquire_timeout": 1.0,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_publish_retry": False,
        "task_default_queue": names.SCORES_QUEUE,
        "task_ignore_result": True,
        "result_backend": None,
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_acks_late": False,
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
    }
