"""Learn that this process was told to stop, so that requests that wait are answered in time.

The server installs its own signal handlers after the application is built and waits for requests to
end; Python also writes each signal to a descriptor of our choice, whoever handles it.
"""

import signal
import socket
import threading
from collections.abc import Callable


def heed(stop: Callable[[], None]) -> None:
    """Call `stop` from a thread when SIGTERM or SIGINT comes; only the main thread may ask this."""
    heard, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)

    def listen() -> None:
        with told:  # kept open while this thread lives
            while heard.recv(1)[0] not in {signal.SIGTERM, signal.SIGINT}:
                pass
        stop()

    threading.Thread(target=listen, name="stopping", daemon=True).start()
