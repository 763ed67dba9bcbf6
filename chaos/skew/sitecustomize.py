"""Shifts the clock of a Python process by CHAOS_SKEW_S seconds; its folder goes on PYTHONPATH.

With CHAOS_STEP_EVERY_S the clock jumps: ahead for so many seconds, then as far behind, and so on.

Python imports this at start. The monotonic clock stays right, as on a machine set wrongly.
"""

import os
import time

_SKEW_S = float(os.environ["CHAOS_SKEW_S"])
_EVERY_S = float(os.environ.get("CHAOS_STEP_EVERY_S", "inf"))
_time, _time_ns = time.time, time.time_ns


def _skew_s() -> float:
    behind = int(time.monotonic() / _EVERY_S) % 2
    return -_SKEW_S if behind else _SKEW_S


def _shifted() -> float:
    return _time() + _skew_s()


def _shifted_ns() -> int:
    return _time_ns() + int(_skew_s() * 1e9)


time.time, time.time_ns = _shifted, _shifted_ns
