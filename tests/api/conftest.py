"""What the tests of the API share."""

import pytest

from api.app import create_app
from protocol.settings import Settings


@pytest.fixture(scope="session")
def make_app():
    """Build an application; the threads that read its keys end with the session."""
    made = []

    def make(redis_url, **settings):
        made.append(create_app(Settings(redis_url=str(redis_url), **settings)))
        return made[-1]

    yield make
    for app in made:
        app.extensions["loanscore.keys"].close()
