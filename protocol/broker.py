"""Celery's settings, the same for the API that rings and the worker that answers.

Plain data: this room imports no Celery. The reasons are measured: without socket timeouts a frozen
Redis blocks a publisher for ever and a half-open connection silences a worker for good; a result
backend makes the API fail when only that backend is down; and since doorbells carry no data, losing
or repeating one is harmless.
"""

from typing import Any
from urllib.parse import urlsplit

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
    """Give Celery's spelling of a Redis URL: it has its own for Unix sockets.

    >>> broker_url("unix:///run/redis.sock?db=1")
    'redis+socket:///run/redis.sock?virtual_host=1'
    >>> broker_url("redis://localhost:6379/0")
    'redis://localhost:6379/0'
    """
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parts.query.removeprefix("db=") or "0"
    return f"redis+socket://{parts.path}?virtual_host={database}"


def celery_settings(settings: Settings, waits: dict[str, Any]) -> dict[str, Any]:
    """Give the settings of a Celery application.

    Args:
        settings: names the Redis.
        waits: `WORKER_WAITS` or `API_WAITS`.
    """
    return {
        "broker_url": broker_url(settings.redis),
        "broker_transport_options": {
            "global_keyprefix": names.TAG,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "visibility_timeout": 60,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
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
