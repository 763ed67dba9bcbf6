"""`python -m worker.alive`: the container's health check, 0 while this machine's worker sweeps."""

import os
import socket
import sys

from protocol.errors import LoanscoreError
from protocol.ledger import Ledger, connect
from protocol.settings import Settings


def main() -> int:
    """Look for a worker of this host name among the live ones.

    Returns:
        0 when there is one, 1 when there is none or Redis does not answer.
    """
    try:
        settings = Settings.read(os.environ)
        workers = Ledger(connect(settings.redis), settings).live_workers()
    except LoanscoreError as error:
        sys.stderr.write(f"loanscore worker: {error}\n")
        return 1
    return 0 if any(worker["host"] == socket.gethostname() for worker in workers) else 1


if __name__ == "__main__":
    sys.exit(main())
