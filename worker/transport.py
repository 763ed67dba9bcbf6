"""How doorbells reach a worker: kombu's Redis transport without what doorbells do not need.

Used by `worker.app` for redis://, rediss:// and unix:// alike. A doorbell carries nothing and may
be lost or repeated, so three habits of the stock transport go:

* It notes each message in Redis (`unacked`) until it is acknowledged, in a MULTI. A full Redis
  refuses every MULTI, and the worker ended with exit code 1.
* It writes bindings and counts messages in a MULTI when it starts, and rings by a plain LPUSH: on a
  full Redis no worker could start, nor ring for what still waits.
* It hands on whatever lies in the list. Bytes that are not JSON ended the worker; a message in
  Celery's format could carry arguments, callbacks and a date.
"""

import functools
import json
import logging
from typing import Any
from uuid import uuid4

import redis
from kombu.transport import redis as stock
from redis.connection import parse_url

from protocol import names

#: For Celery's setting broker_transport.
NAME = f"{__name__}:Transport"

log = logging.getLogger("loanscore.worker")

#: Doorbells that lie in the list at most; a worker that answers one looks for all that waits.
LONGEST_QUEUE = 64
#: LTRIM first: a command that frees memory lets the rest of a script pass on a full Redis, 6.2 too.
RING = """
redis.call('LTRIM', KEYS[1], 0, ARGV[2])
return redis.call('LPUSH', KEYS[1], ARGV[1])
"""
#: No arguments, no keywords, no embedded callbacks: the body of every doorbell, base64.
_BODY = "W1tdLCB7fSwge31d"


def doorbell(popped: bytes) -> bytes | None:
    """Make a doorbell anew from what was popped; all but the task's name is left behind.

    Args:
        popped: whatever lay in the list; who can write to it may be hostile.
    Returns:
        A message Celery takes; None when it is no doorbell.
    """
    try:
        task = json.loads(popped)["headers"]["task"]
        known = task in names.DOORBELLS
    except (ValueError, TypeError, KeyError, RecursionError):
        known = False
    if not known:
        return None
    tag = str(uuid4())
    properties = {"delivery_tag": tag, "delivery_info": {}, "body_encoding": "base64"}
    message = {
        "body": _BODY,
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"task": task, "id": tag},
        "properties": properties,
    }
    return json.dumps(message).encode()


class Client(stock.PrefixedStrictRedis):
    """kombu's client; what it pops is a doorbell or nothing."""

    def parse_response(self, connection: Any, command_name: str, **options: Any) -> Any:
        """Read a reply; to kombu, a pop that brought no doorbell is a pop that timed out."""
        reply = super().parse_response(connection, command_name, **options)  # type: ignore[no-untyped-call]
        if command_name != "BRPOP" or not reply:
            return reply
        queue, popped = reply
        message = doorbell(popped)
        if message is None:
            log.warning("dropped a message of %s bytes that is no doorbell", len(popped))
            return None
        return queue, message


class Channel(stock.Channel):
    """A channel that keeps nothing in Redis but the list itself."""

    #: acknowledgements stay in memory
    ack_emulation = False
    #: a doorbell held at shutdown is let go: a sweeper rings again
    do_restore = False

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        """Read the URL as redis-py does, so that the ledger's is the queue's."""
        url = self.connection.client.hostname
        given: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
        self.connection_class = given.pop("connection_class", redis.Connection)
        params: dict[str, Any] = super()._connparams(asynchronous) | given  # type: ignore[no-untyped-call]
        if "path" in given:
            for of_tcp in ("socket_keepalive", "socket_keepalive_options"):
                params.pop(of_tcp, None)
        return params

    def _get_client(self) -> Any:
        return functools.partial(Client, global_keyprefix=self.global_keyprefix)

    def _queue_bind(self, *_: Any) -> None:
        """Write no binding: a doorbell names its queue."""

    def _size(self, queue: str) -> int:
        with self.conn_or_acquire() as client:
            return int(client.llen(queue))

    def _put(self, queue: str, message: dict[str, Any], **_: Any) -> None:
        with self.conn_or_acquire() as client:
            self._ring(keys=[queue], args=[json.dumps(message), LONGEST_QUEUE - 2], client=client)

    @functools.cached_property
    def _ring(self) -> Any:
        return self._create_client().register_script(RING)  # type: ignore[no-untyped-call]


class Transport(stock.Transport):
    """kombu's Redis transport with this file's channel."""

    Channel = Channel
    #: else kombu takes the URL apart, and Unix sockets need another spelling
    can_parse_url = True

    def _reject_inbound_message(self, raw_message: Any) -> None:
        """Let go of a doorbell that came while the worker stops."""
