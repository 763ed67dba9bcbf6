"""The containers' health check: `python -m worker.alive`, or with `campaigns` or `postman`.

0 while this machine's worker, of scores or of campaigns, sweeps, or its postman looks into the
outbox.
"""

import os
import socket
import sys

from protocol.campaigns import Campaigns
from protocol.errors import LoanscoreError
from protocol.ledger import Ledger, connect
from protocol.outbox import Outbox
from protocol.settings import Settings


def main(arguments: list[str]) -> int:
    """Look for a worker, or a postman, of this host name among the live ones.

    Args:
        arguments: what follows the program's name: nothing, `campaigns` or `postman`.
    Returns:
        0 when there is one, 1 when there is none or Redis does not answer.
    """
    look = {"campaigns": _campaign_worker, "postman": _postman}.get("".join(arguments), _worker)
    try:
        alive = look(Settings.read(os.environ), socket.gethostname())
    except LoanscoreError as error:
        sys.stderr.write(f"loanscore worker: {error}\n")
        return 1
    return 0 if alive else 1


def _worker(settings: Settings, host: str) -> bool:
    workers = Ledger(connect(settings.redis), settings).live_workers()
    return any(worker["host"] == host for worker in workers)


def _campaign_worker(settings: Settings, host: str) -> bool:
    workers = Campaigns(connect(settings.redis), settings).live_workers()
    return any(worker["host"] == host for worker in workers)


def _postman(settings: Settings, host: str) -> bool:
    return Outbox(connect(settings.redis), settings).is_alive(host)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
