"""Archives until it is killed, in small batches: `python -m tests.campaigns.endless_archiver`."""

import os

from protocol.ledger import connect
from protocol.record_stream import RecordStream
from protocol.settings import Settings
from worker.campaigns import archiver

if __name__ == "__main__":
    settings = Settings.read(os.environ)
    stream = RecordStream(connect(settings.redis), settings)
    archiver.BATCH = 7
    mover = archiver.Archiver(stream, settings)
    print("archiving", flush=True)  # noqa: T201
    while True:
        mover._next_s = 0
        mover.look()
