"""The API key of this machine: `make run` makes it, keeps it in a file and says where."""

import os
from pathlib import Path

from protocol.errors import KeyRefused
from protocol.key import SCOPES, digest, key_id
from protocol.keystore import KeyStore
from protocol.settings import Settings

#: Owner of the jobs made with this key.
CLIENT = "local"


def path(settings: Settings) -> Path:
    """Name the file that holds the key, readable by this user alone."""
    return settings.state_dir / "api-key"


def read(settings: Settings) -> str:
    """Read the key; the file is there once the service has started."""
    return path(settings).read_text(encoding="ascii").strip()


def ensure(settings: Settings, store: KeyStore) -> None:
    """Have a key in the file that the store knows and that may do everything.

    A new one is made when there is no file, or the store is another (a new Redis).

    Raises:
        LedgerUnavailable: Redis does not answer.
    """
    if not _good(settings, store):
        _write(path(settings), _create(store))


def _good(settings: Settings, store: KeyStore) -> bool:
    try:
        secret = read(settings)
    except (FileNotFoundError, UnicodeDecodeError):
        return False
    key = store.all().get(key_id(secret) or "")
    return (
        key is not None
        and (key.digest, key.client) == (digest(secret), CLIENT)
        and key.expires_ms is None
        and set(SCOPES) <= set(key.scopes)
    )


def _create(store: KeyStore) -> str:
    """Make a key; of earlier ones, whose file is gone, the oldest gives way."""
    try:
        return store.create(CLIENT, SCOPES).secret
    except KeyRefused:
        alike = (
            key for key in store.all().values() if (key.client, key.scopes) == (CLIENT, SCOPES)
        )
        store.revoke(next(alike).id)
        return store.create(CLIENT, SCOPES).secret


def _write(where: Path, secret: str) -> None:
    new = where.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")
    new.replace(where)
