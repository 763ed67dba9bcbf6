"""The API's copy of the keys, read anew in the background: called by `api.keys`.

A request therefore never waits for the store, and a frozen Redis does not make every key a wrong
one: the keys known last stay in force.
"""

import logging
import threading

from protocol.errors import LedgerUnavailable, LoanscoreError
from protocol.key import Key
from protocol.keystore import KeyStore

#: Pause between two reads, s. With a slow answer of Redis (1.3 s) added, a revoked key is refused
#: within 5 s.
REFRESH_S = 2
#: A request that comes before the first read has ended waits this long for it, s.
FIRST_READ_S = 2

log = logging.getLogger("loanscore.api")


class Keyring:
    """Every key of the store, at most a few seconds old while Redis answers.

    Args:
        store: is read by a thread that this starts.
    """

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._keys: dict[str, Key] | None = None
        self._failing = False
        self._tried = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._refresh, name="keyring", daemon=True)
        self._thread.start()

    def find(self, key_id: str | None) -> Key | None:
        """Look a key up by its id; expired ones are found too.

        Raises:
            LedgerUnavailable: the keys could never yet be read.
        """
        self._tried.wait(FIRST_READ_S)
        if self._keys is None:
            raise LedgerUnavailable("the API keys could not be read yet")
        return self._keys.get(key_id or "")

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._thread.join()

    def _refresh(self) -> None:
        while not self._closed.is_set():
            try:
                self._read()
            except Exception as error:  # noqa: BLE001 - were this thread to end, a revoked key would stay in force for good
                self._note_fault(error)
            self._tried.set()
            self._closed.wait(REFRESH_S)

    def _read(self) -> None:
        self._keys = self._store.all()
        if self._failing:
            log.info("the API keys can be read again")
        self._failing = False

    def _note_fault(self, error: Exception) -> None:
        if not self._failing:
            text = error if isinstance(error, LoanscoreError) else type(error).__name__
            log.warning("the API keys cannot be read, those known stay in force: %s", text)
        self._failing = True
