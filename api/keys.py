"""The API key: who may call, and whose a job is."""

import hashlib
import hmac
from pathlib import Path

from flask import request

from api.problems import Problem
from protocol.errors import SettingsError


class Keys:
    """The keys this API takes; only their SHA-256 is kept in memory.

    Args:
        path: file with one key, 32 characters or more.
    Raises:
        SettingsError: the file is missing or holds no usable key.
    """

    def __init__(self, path: Path) -> None:
        try:
            key = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"no API key: cannot read {path}; write one there (32 random characters or more)"
                " or name the file with LOANSCORE_API_KEY_FILE"
            ) from error
        if len(key) < 32:
            raise SettingsError(
                f"the API key in {path} is shorter than 32 characters; make another"
            )
        self._digest = hashlib.sha256(key.encode()).digest()
        #: owner of the jobs this key makes: the start of its digest tells nothing of the key
        self.owner = self._digest.hex()[:16]

    def authorize(self) -> str:
        """Check the current request's `Authorization: Bearer` and name the owner.

        Raises:
            Problem: unauthorized.
        """
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        given = hashlib.sha256(key.strip().encode("utf-8", "surrogateescape")).digest()
        if scheme.lower() != "bearer" or not hmac.compare_digest(given, self._digest):
            raise Problem("unauthorized", "Send Authorization: Bearer and your API key.")
        return self.owner
