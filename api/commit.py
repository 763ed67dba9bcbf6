"""Group commit: steps that concurrent requests want at the same time share one round trip.

Called through `protocol.ledger` by every view. The first request to come runs its step at once;
those that come while it is under way wait and go together in the next round trip, led by one of
them. So an idle service adds no wait, and under load the cost of a round trip is shared. Each
caller gets its own reply and no other's; a step that fails does not touch its neighbours.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from protocol.errors import LedgerUnavailable
from protocol.scripts import Call

#: Steps in one round trip at most, so that Redis is not held up by one of them.
LARGEST = 64


class _Waiting:
    """One request's step, until its reply is here."""

    __slots__ = ("call", "reply", "turn")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.reply: Any = None
        #: taken until the reply is here, or until it is this one's turn to lead
        self.turn = threading.Lock()
        self.turn.acquire()


class GroupCommit:
    """Runs steps for many threads.

    Args:
        run_all: runs several steps in one round trip, see `protocol.scripts.Scripts.run_all`.
    """

    def __init__(self, run_all: Callable[[Sequence[Call]], list[Any]]) -> None:
        self._run_all = run_all
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._led = False

    def __call__(self, step: str, *arguments: str | int | float) -> Any:
        """Run one step and give its reply.

        Raises:
            LedgerUnavailable: Redis did not do it, or did and could not say so.
        """
        mine = _Waiting((step, arguments))
        with self._lock:
            self._waiting.append(mine)
            leads, self._led = not self._led, True
        if not leads:
            mine.turn.acquire()
        if mine.reply is None:
            self._lead()
        if isinstance(mine.reply, BaseException):
            raise mine.reply
        return mine.reply[0]

    def _lead(self) -> None:
        """Run what waits, this thread's own step among it, then hand over."""
        with self._lock:
            together, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
        try:
            self._reply(together, self._run_all([waiting.call for waiting in together]))
        except BaseException as error:
            self._reply(together, [error] * len(together))
            raise
        finally:
            self._hand_over()

    def _reply(self, together: list[_Waiting], replies: list[Any]) -> None:
        leader, *followers = zip(together, replies, strict=True)
        for waiting, reply in (leader, *followers):
            # A tuple, for None is a reply too; each error its own, for it gets a traceback.
            waiting.reply = _own(reply) if isinstance(reply, BaseException) else (reply,)
        for waiting, _ in followers:
            waiting.turn.release()

    def _hand_over(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting[0].turn.release()
            else:
                self._led = False


def _own(error: BaseException) -> BaseException:
    return LedgerUnavailable(str(error)) if isinstance(error, LedgerUnavailable) else error
