"""Who rescores the book again and again, while others ask for single scores.

`python -m benchmarks.campaigns.book URL PORTFOLIO`, the key in LOANSCORE_KEY: a process of its
own, so that its sending does not hold up the callers whose waits are measured. It prints the id of
each campaign it has sent and goes on when that one is over, until it is ended.
"""

import os
import sys
import time
from pathlib import Path

import httpx

#: Pause between two polls, s.
PAUSE_S = 0.2
OPEN = ("queued", "validating", "running", "finalizing")


def main(url: str, portfolio: str) -> None:
    """Send, wait, and begin anew."""
    headers = {"Authorization": f"Bearer {os.environ['LOANSCORE_KEY']}", "Content-Type": "text/csv"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
        while True:
            with Path(portfolio).open("rb") as file:
                sent = http.post("/v1/campaigns", content=file).raise_for_status().json()
            print(sent["id"], flush=True)
            while http.get(sent["links"]["self"]).raise_for_status().json()["status"] in OPEN:
                time.sleep(PAUSE_S)
            http.delete(sent["links"]["self"]).raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
