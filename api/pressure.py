"""Refuse submissions before Redis is full: called by the views that submit, before the ledger.

A full Redis refuses every accept anyway; below it must stay the room that claims and answers take.
"""

import logging
import threading
from typing import Any

import redis

from api.problems import Problem
from protocol.redis_policy import eviction

log = logging.getLogger("loanscore.api")

#: Between two samples, s.
SAMPLE_S = 1.0


class Pressure(threading.Thread):
    """A thread that samples Redis's memory; asking it costs a request nothing.

    Args:
        client: with a connection of its own.
        limit: share of maxmemory above which nothing is admitted, 0 to 1.
    """

    def __init__(self, client: redis.Redis, limit: float) -> None:
        super().__init__(name="pressure", daemon=True)
        self._client = client
        self._limit = limit
        self._fault: str | None = None

    def admit(self) -> None:
        """Let a submission pass, by the last sample; before the first one everything passes.

        Raises:
            Problem: overloaded.
        """
        if self._fault:
            raise Problem("overloaded", self._fault)

    def run(self) -> None:
        """Sample while the process lives; a Redis that does not answer leaves the last sample."""
        pause = threading.Event()
        while True:
            self.sample()
            pause.wait(SAMPLE_S)

    def sample(self) -> None:
        """Look at Redis once."""
        try:
            memory = self._client.info("memory")
        except redis.RedisError:
            return
        fault = self._judge(memory)
        if fault != self._fault:
            log.warning("submissions are %s", "refused" if fault else "admitted again")
        self._fault = fault

    def _judge(self, memory: dict[str, Any]) -> str | None:
        evicts = eviction(memory)
        if evicts:
            log.error(evicts)
            return "The service's storage is set up wrongly; nothing was accepted."
        room = int(memory.get("maxmemory", 0)) * self._limit
        if 0 < room < int(memory["used_memory"]):
            return "The service's storage is nearly full; nothing was accepted, try again later."
        return None
