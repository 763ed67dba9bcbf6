"""Calls while Redis is away: what they are answered, and how soon."""

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import httpx

from chaos.case import Lab, demand, told, under_load
from chaos.journal import Submission
from chaos.offline import invent
from protocol import names

#: No call may take longer, whatever Redis does, s.
LONGEST_CALL_S = 3


@dataclass
class Seen:
    """What calls were answered."""

    #: method and status (0: no answer) -> how often
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    slowest_s: float = 0

    def of(self, method: str) -> set[int]:
        """The statuses one method was answered."""
        return {status for called, status in self.answers if called == method}

    def __str__(self) -> str:
        counts = ", ".join(
            f"{count} x {method} {status or 'no answer'}"
            for (method, status), count in sorted(self.answers.items())
        )
        return f"{counts}, the slowest after {self.slowest_s:.1f} s"


def call(lab: Lab, seconds: float) -> Seen:
    """Submit and poll, one after the other, for a while."""
    seen, ends = Seen(), time.monotonic() + seconds
    http = lab.rig.caller().http
    body = Submission("", (invent(Random(0)),)).body
    while time.monotonic() < ends:
        for method, path in (("POST", "/v1/scores"), ("GET", f"/v1/scores/{names.new_score_id()}")):
            began = time.monotonic()
            try:
                status = http.request(method, path, json=body).status_code
            except httpx.TransportError:
                status = 0
            seen.answers[method, status] += 1
            seen.slowest_s = max(seen.slowest_s, time.monotonic() - began)
    return seen


def judge(lab: Lab, seen: Seen) -> str:
    """Demand that all was 503 and soon, and that afterwards all is well."""
    demand(seen.slowest_s <= LONGEST_CALL_S, f"a call took {seen.slowest_s:.1f} s")
    demand({status for _, status in seen.answers} == {503}, str(seen))
    return f"{seen}; afterwards {told(under_load(lab, lambda: time.sleep(1)))}"
