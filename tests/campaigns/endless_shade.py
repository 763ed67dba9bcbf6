"""Has the challenger score until it is killed: `python -m tests.campaigns.endless_shade`."""

import os

from protocol.settings import Settings
from worker.challenger.shade import Shade
from worker.shelf import Shelf

if __name__ == "__main__":
    settings = Settings.read(os.environ)
    shade = Shade(settings, Shelf(settings.storage_folder))
    print("scoring", flush=True)  # noqa: T201
    while True:
        shade.look()
