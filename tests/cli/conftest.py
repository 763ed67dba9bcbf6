"""What the tests of campaign commands share: a service of their own, and a terminal to watch."""

import os
import pty
import subprocess
import threading

import pytest
from loanscore_client import Client

from local import key
from tests.conftest import ROOT, environment, make_service, working


@pytest.fixture(scope="module")
def lane(folder, artefact, request):
    """A service with a campaign worker and chunks of a few hundred rows."""
    made = make_service(
        folder / request.module.__name__.rpartition(".")[2],
        artefact,
        chunk_bytes=20_000,
        sweep_s=0.2,
        archive_s=0.1,
        campaign_prefixes=f"file://{folder}/books/",
    )
    with working(made) as running:
        (running.settings.state_dir / "venv").symlink_to((ROOT / "var" / "venv").resolve())
        yield running


@pytest.fixture
def stalled(lane):
    """The same service with nobody to score portfolios."""
    for process in [one for one in lane.processes if one.name.startswith("campaigns")]:
        process.stop()
        lane.processes.remove(process)
    yield lane
    lane.start_campaign_worker()


@pytest.fixture
def loanscore(lane):
    with Client(lane.url, key.read(lane.settings)) as client:
        yield client


@pytest.fixture
def start(lane, tmp_path):
    """Start ./loanscore campaign, in a folder of its own."""
    processes = []

    def start(*arguments, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **variables):
        given = environment(state_dir=lane.settings.state_dir, url=lane.url) | variables
        process = subprocess.Popen(
            [ROOT / "loanscore", "campaign", *map(str, arguments)],
            cwd=tmp_path,
            env=given,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def run(start):
    """Run ./loanscore campaign to its end; gives exit code, stdout and stderr."""

    def run(*arguments, **more):
        process = start(*arguments, **more)
        stdout, stderr = process.communicate(timeout=120)
        return process.returncode, stdout, stderr

    return run


class Terminal:
    """A terminal that a command writes its stderr to."""

    def __init__(self):
        self._ours, self.theirs = pty.openpty()
        self._text = ""
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while True:
            try:
                data = os.read(self._ours, 65_536)
            except OSError:  # the last writer has closed it
                return
            with self._more:
                self._text += data.decode(errors="replace")
                self._more.notify_all()

    def wait_for(self, text):
        """Wait until a text has been written."""
        with self._more:
            assert self._more.wait_for(lambda: text in self._text, timeout=60), self._text

    def close(self):
        """Give all that was written, once the command has ended."""
        os.close(self.theirs)
        self._reader.join(timeout=60)
        os.close(self._ours)
        return self._text


@pytest.fixture
def terminal():
    return Terminal()
