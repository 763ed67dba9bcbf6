"""A client whose clock a test turns by hand, and a server that plays a script to it."""

import pytest
from loanscore_client import Client
from loanscore_client.retries import Clock

from tests.python_client.scripted import scripted

KEY = "the-key-that-must-not-leak-0123456789abcdef"


class HandClock(Clock):
    """Sleeping moves the time and takes none; chance always draws the most."""

    def __init__(self):
        self.now = 1_000.0
        self.slept = []

    def monotonic(self):
        return self.now

    def wall(self):
        return 1_700_000_000 + self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def draw(self, most):
        return most


@pytest.fixture
def script():
    with scripted() as running:
        yield running


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def scripted_client(script, clock):
    with Client(script.url, KEY, _clock=clock) as client:
        yield client
