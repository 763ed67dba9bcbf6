"""When to repeat a call, and how long to pause before it."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime

from loanscore_client.errors import ConnectionFailed, LoanscoreError, RateLimited, Unavailable

#: Longest pause a Retry-After is followed for, s.
RETRY_AFTER_CAP_S = 30.0
#: The first pause without a Retry-After is drawn from 0 to this, s; each next from twice that.
BACKOFF_S = 0.25
#: Longest pause without a Retry-After, s.
BACKOFF_CAP_S = 8.0


class Clock:
    """Time and chance, in one place so that tests need not wait."""

    def monotonic(self) -> float:
        """Give seconds since some instant; never set back."""
        return time.monotonic()

    def wall(self) -> float:
        """Give seconds since 1970, UTC."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Pause."""
        time.sleep(seconds)

    def draw(self, most: float) -> float:
        """Draw evenly from 0 to `most`."""
        return random.uniform(0, most)  # noqa: S311 - spreads callers out, keeps no secret


@dataclass(frozen=True)
class Retries:
    """How often and how long to try.

    Args:
        repeats: after the first attempt, 0 or more.
        total_s: a call, its repeats and the pauses between them end within this, s.
    """

    repeats: int
    total_s: float

    def __post_init__(self) -> None:
        if self.repeats < 0 or self.total_s <= 0:
            raise ValueError("retries must be 0 or more and total_s above 0")

    def pause(
        self, failed: int, error: LoanscoreError, left_s: float, clock: Clock
    ) -> float | None:
        """Say how long to pause before the next attempt.

        The jitter on top of a Retry-After keeps callers that were refused together apart.

        Args:
            failed: attempts so far, 1 or more.
            error: what the last one came to.
            left_s: what is left of the call's time, s.
            clock: draws the jitter.
        Returns:
            Seconds; None: do not try again.
        """
        if failed > self.repeats or not isinstance(
            error, (ConnectionFailed, RateLimited, Unavailable)
        ):
            return None
        pause = clock.draw(min(BACKOFF_CAP_S, BACKOFF_S * 2 ** (failed - 1)))
        asked = getattr(error, "retry_after_s", None)
        if asked is not None:
            pause += min(RETRY_AFTER_CAP_S, asked)
        return pause if pause < left_s else None


class Repeats:
    """What is left of the attempts of one call.

    Args:
        retries: how often and how long.
        clock: measures and pauses.
        longer_s: the call's time is that much longer, s; it may be infinite.
    """

    def __init__(self, retries: Retries, clock: Clock, longer_s: float = 0) -> None:
        self._retries = retries
        self._clock = clock
        self._ends = clock.monotonic() + retries.total_s + longer_s
        self._failed = 0

    @property
    def left_s(self) -> float:
        """What is left of the call's time, s."""
        return self._ends - self._clock.monotonic()

    def pause(self, error: LoanscoreError) -> None:
        """Pause before the next attempt.

        Args:
            error: what the last one came to.
        Raises:
            LoanscoreError: this error, when there is no next attempt.
        """
        self._failed += 1
        pause = self._retries.pause(self._failed, error, self.left_s, self._clock)
        if pause is None:
            raise error
        self._clock.sleep(pause)


def retry_after_s(header: str | None, now: float) -> float | None:
    """Read a Retry-After header (RFC 9110, 10.2.3).

    >>> retry_after_s("2", now=0)
    2.0
    >>> retry_after_s("Thu, 01 Jan 1970 00:01:00 GMT", now=50)
    10.0
    >>> retry_after_s("soon", now=0) is None
    True

    Args:
        header: seconds or an HTTP date; None: there was none.
        now: seconds since 1970, UTC.
    Returns:
        Seconds from now, 0 or more; None: nothing that can be read.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        at = parsedate_to_datetime(text)
        at = at if at.tzinfo else at.replace(tzinfo=timezone.utc)
        return max(0.0, at.timestamp() - now)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
