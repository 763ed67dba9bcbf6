"""Steady load: callers that submit, retry under the same key, and poll until it is answered."""

import queue
import threading
import time
from collections.abc import Callable
from random import Random

from chaos.caller import Target
from chaos.checker import ACCEPTED
from chaos.journal import Journal, Kind, Reply, Submission
from chaos.offline import invent

#: Threads that submit, and threads that poll.
SUBMITTERS, READERS = 8, 4
#: Between two polls of the same job, s.
POLL_S = 0.25
#: This long after all faults have healed everything must be accepted and answered, s.
SETTLE_S = 60
#: One submission in so many is a batch, of so many applications.
BATCH_EVERY, BATCH_SIZE = 25, 40


class Load:
    """Callers of one target and the journal they keep.

    Args:
        target: what is called.
        rate: submissions a second.
        dice: decides what is asked.
        batches: whether batches are sent too.
    """

    def __init__(self, target: Target, rate: float, dice: Random, *, batches: bool = False) -> None:
        self.journal = Journal()
        self._target = target
        self._period = 1 / rate
        self._dice = dice
        self._batches = batches
        self._lock = threading.Lock()
        self._next = time.monotonic()
        self._sent = 0
        self._submitting, self._reading = threading.Event(), threading.Event()
        self._give_up_at = float("inf")
        self._due: queue.PriorityQueue[tuple[float, str, str]] = queue.PriorityQueue()
        self._submitters = [threading.Thread(target=self._submit) for _ in range(SUBMITTERS)]
        self._readers = [threading.Thread(target=self._read) for _ in range(READERS)]

    def start(self) -> None:
        """Begin."""
        self._submitting.set()
        self._reading.set()
        self._next = time.monotonic()
        for thread in (*self._submitters, *self._readers):
            thread.start()

    def stop_submitting(self) -> None:
        """Submit nothing new; what is under way is tried for `SETTLE_S` at most."""
        self._give_up_at = time.monotonic() + SETTLE_S
        self._submitting.clear()
        for thread in self._submitters:
            if thread.is_alive():
                thread.join()

    def settle(self, longest_s: float = SETTLE_S) -> None:
        """Submit nothing new, wait until all is answered or the time is up, and read all again."""
        ends = time.monotonic() + longest_s
        self.stop_submitting()
        while self._due.unfinished_tasks and time.monotonic() < ends:
            time.sleep(0.05)
        self.stop()
        self._read_again()

    def stop(self) -> None:
        """End all callers."""
        self._give_up_at = 0
        self._submitting.clear()
        self._reading.clear()
        for thread in (*self._submitters, *self._readers):
            if thread.is_alive():
                thread.join()

    def send(self, submission: Submission) -> str | None:
        """Send one submission until it is accepted.

        Returns:
            The id; None when the time was up before.
        """
        self.journal.open(submission)
        while True:
            reply = self._timed("submit", submission, None, lambda: self._target.submit(submission))
            if reply.status in ACCEPTED and reply.id:
                self._due.put((time.monotonic() + POLL_S / 5, reply.id, submission.key))
                return reply.id
            if time.monotonic() > self._give_up_at:
                return None
            time.sleep(reply.retry_s)

    def _submit(self) -> None:
        while self._submitting.is_set():
            submission = self._take_slot()
            if self._submitting.is_set():
                self.send(submission)

    def _take_slot(self) -> Submission:
        """Wait for this caller's turn; turns that were missed during a fault are not made up."""
        with self._lock:
            self._next = max(self._next + self._period, time.monotonic())
            turn = self._next
            self._sent += 1
            batch = self._batches and self._sent % BATCH_EVERY == 0
            count = BATCH_SIZE if batch else 1
            applications = tuple(invent(self._dice) for _ in range(count))
            key = f"{self._dice.getrandbits(128):032x}"
        time.sleep(max(0.0, turn - time.monotonic()))
        return Submission(key, applications, batch)

    def _read(self) -> None:
        while self._reading.is_set():
            try:
                due, score_id, key = self._due.get(timeout=0.1)
            except queue.Empty:
                continue
            time.sleep(max(0.0, due - time.monotonic()))
            if not self._read_once(score_id, key).final:
                self._due.put((time.monotonic() + POLL_S, score_id, key))
            self._due.task_done()

    def _read_once(self, score_id: str, key: str) -> Reply:
        submission = self.journal.submissions[key]
        return self._timed("read", submission, score_id, lambda: self._target.read(score_id))

    def _read_again(self) -> None:
        """Read every id once more: what was final must be so still, byte by byte."""
        keys = {
            call.id: call.key
            for call in tuple(self.journal.calls)
            if call.kind == "submit" and call.status in ACCEPTED and call.id
        }
        for score_id, key in keys.items():
            ends = time.monotonic() + SETTLE_S
            while self._read_once(score_id, key).status in {0, 429, 503}:
                if time.monotonic() > ends:
                    return
                time.sleep(POLL_S)

    def _timed(
        self,
        kind: Kind,
        submission: Submission,
        score_id: str | None,
        call: Callable[[], Reply],
    ) -> Reply:
        began = time.monotonic()
        reply = call()
        self.journal.write(kind, (began, time.monotonic()), submission, score_id, reply)
        return reply
