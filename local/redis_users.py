"""The users of the private Redis: `deploy/redis/users.acl` with passwords made for one start."""

import hashlib
import os
import re
import secrets
import subprocess
from pathlib import Path

TEMPLATE = Path(__file__).parent.parent / "deploy" / "redis" / "users.acl"
#: Those of the template that have a password; the operator has the socket only this user can open.
USERS = ("api", "worker", "postman")


class RedisUsers:
    """Who may do what in a private Redis on a Unix socket.

    Args:
        socket: its absolute path.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._passwords = {user: secrets.token_urlsafe(24) for user in USERS}

    def url(self, user: str) -> str:
        """Give the URL by which a user connects; it holds the password."""
        return f"unix://{user}:{self._passwords[user]}@{self._socket}"

    def write(self, path: Path, binary: Path) -> None:
        """Write the file of users, mode 0600; only the passwords' SHA-256 is in it.

        Args:
            path: replaced when it exists.
            binary: the server that will read it.
        """
        rules = TEMPLATE.read_text().replace("OPERATOR", "nopass")
        for user, password in self._passwords.items():
            rules = rules.replace(user.upper(), f"#{hashlib.sha256(password.encode()).hexdigest()}")
        if not _knows_setinfo(binary):
            rules = rules.replace(" +client|setinfo", "")
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(rules)


def _knows_setinfo(binary: Path) -> bool:
    """Tell whether a server takes the rule `+client|setinfo`, without which ACL LOG fills up.

    7.2 knows the command; 6.2 takes a rule of any subcommand; 7.0 refuses to start by it.
    """
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"v=(\d+)\.(\d+)", said)
    return not version or version.groups() != ("7", "0")
