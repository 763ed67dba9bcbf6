"""The person of this machine: `make run` makes one who may see every page, and says where."""

import os
import secrets
from pathlib import Path

from werkzeug.security import generate_password_hash

from local import key
from protocol.people import People
from protocol.person import HASHING
from protocol.settings import Settings

#: Who signs in; owns what the API key of this machine owns.
NAME = key.CLIENT


def path(settings: Settings) -> Path:
    """Name the file that holds the password, readable by this user alone."""
    return settings.state_dir / "password"


def ensure(settings: Settings, people: People) -> None:
    """Have a password in the file that the person signs in with.

    A new one is made when there is no file, or the Redis is another.

    Raises:
        LedgerUnavailable: Redis does not answer.
    """
    where = path(settings)
    if where.exists() and people.find(NAME):
        return
    people.revoke(NAME)
    password = secrets.token_urlsafe(16)
    where.unlink(missing_ok=True)
    with os.fdopen(os.open(where, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    people.create(NAME, key.CLIENT, "admin", generate_password_hash(password, HASHING))
