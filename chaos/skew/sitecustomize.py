"""Shifts the clock of a Python process by CHAOS_SKEW_S seconds; its folder goes on PYTHONPATH.

Python imports this at start. The monotonic clock stays right, as on a machine set wrongly.
"""

import os
import time

_SKEW_S = float(os.environ["CHAOS_SKEW_S"])
_time, _time_ns = time.time, time.time_ns


def _shifted() -> float:
    return _time() + _SKEW_S


def _shifted_ns() -> int:
    return _time_ns() + int(_SKEW_S * 1e9)


time.time, time.time_ns = _shifted, _shifted_ns
