"""The container's health check: `python -m api.alive`, 0 while this container's API answers.

It asks `/livez`, which asks nothing of Redis: an API without its Redis answers 503 and is not to be
started anew for that. Only what Python brings is loaded, since it runs every few seconds.
"""

import os
import sys
from urllib.error import URLError
from urllib.request import urlopen


def main() -> int:
    """Ask the API on this host for its own liveness.

    Returns:
        0 when it answers 200 within two seconds, else 1.
    """
    port = os.environ.get("LOANSCORE_PORT") or "5000"
    try:
        with urlopen(f"http://127.0.0.1:{port}/livez", timeout=2):
            return 0
    except (OSError, URLError, ValueError) as error:
        sys.stderr.write(f"loanscore api: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
