"""Start a postman: `python -m worker.webhooks`. Any number may run, on any machine.

SIGTERM lets it finish what is under way, which takes no longer than one delivery may, and it exits
0. Killed outright, what it held is sent again when its lease ends.
"""

import logging
import os
import signal
import sys
import threading

from protocol.errors import LoanscoreError
from protocol.ledger import connect
from protocol.outbox import Outbox
from protocol.redis_policy import wait_until_fit
from protocol.settings import Settings
from worker.carrier import Carrier
from worker.postman import Postman

log = logging.getLogger("loanscore.webhooks")


def main() -> int:
    """Carry events until stopped.

    Returns:
        The exit code.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # It warns of malformed answers with the URL, which may hold a caller's token.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    # As a container's first process it would not hear SIGTERM while it waits for Redis.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        settings = Settings.read(os.environ)
        client = connect(settings.redis)
        wait_until_fit(client, log)
    except LoanscoreError as error:
        sys.stderr.write(f"loanscore webhooks: {error}\n")
        return 1
    stopping = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stopping.set())
    Postman(Outbox(client, settings), Carrier(settings), settings, stopping).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
