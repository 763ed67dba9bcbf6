"""The ceiling: a Flask route that does nothing, on the server and with the settings of our API.

Whatever the API does comes on top of this. `python -m benchmarks.empty` starts it.
"""

import os

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from protocol.settings import Settings


def create_app() -> Flask:
    """Build the application."""
    app = Flask("empty")

    @app.post("/")
    def nothing() -> tuple[str, int]:
        return "", 204

    return app


def main() -> None:
    """Serve as `api.__main__` does."""
    settings = Settings.read(os.environ)
    Granian(
        "benchmarks.empty:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=settings.port,
        blocking_threads=settings.api_threads,
        log_access=False,
        websockets=False,
    ).serve()


if __name__ == "__main__":
    main()
