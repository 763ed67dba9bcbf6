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
from protocol.settings import Settings
from worker.carrier import Carrier
from worker.postman import Postman


def main() -> int:
    """Carry events until stopped.

    Returns:
        The exit code.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # It warns of malformed answers with the URL, which may hold a caller's token.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    try:
        settings = Settings.read(os.environ)
    except LoanscoreError as error:
        sys.stderr.write(f"loanscore webhooks: {error}\n")
        return 1
    stopping = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stopping.set())
    outbox = Outbox(connect(settings.redis), settings)
    Postman(outbox, Carrier(settings), settings, stopping).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
