"""The shade: has a challenger score what the champion decided, once it is archived.

Beside the archiver in every campaign worker, in one of them at a time, so that one process holds
the challenger: nothing of a score's way to its answer waits for it or knows of it. What is done is
what lies in the folder (`records.shade`), so a kill costs the file that was at work and no row.
"""

import fcntl
import json
import logging
import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from polars.exceptions import PolarsError

from protocol import durable
from protocol.challenger import CHALLENGER_FILE
from protocol.errors import ArtefactError
from protocol.settings import Settings
from records import comparison, shade, table
from records.folder import ArchiveError, File, Folder
from worker.challenger.judge import READ, judged
from worker.challenger.model import Model
from worker.shelf import Shelf

log = logging.getLogger("loanscore.worker")
#: A report is made at most once in so many times what making one takes.
SELDOM = 20
#: A look ends after this long and the file it is at, so that a stop signal is soon heard, s.
LONGEST_S = 1.0


class Shade:
    """Scores what was archived.

    Args:
        settings: where archive and challenger are, and of how many days.
        shelf: has what made the decisions.
    """

    def __init__(self, settings: Settings, shelf: Shelf) -> None:
        self._settings = settings
        self._shelf = shelf
        self._archive = Folder(settings.records_folder)
        self._path = settings.shade_folder
        # A row lives no longer than the personal part of its record.
        self._days = min(settings.challenger_days, settings.record_days_score)
        self._leading: int | None = None
        self._seen: object = None
        self._model: Model | None = None
        self._next_s = self._next_report_s = 0.0
        self._unreported = True

    def look(self) -> None:
        """Score what is new, when it is time; a fault is logged and tried again in time."""
        now_s, folder = time.monotonic(), self._settings.challenger_folder
        if now_s < self._next_s or not (folder / CHALLENGER_FILE).exists():
            return
        self._next_s = now_s + self._settings.archive_s
        try:
            if self._leads():
                self._take(folder)
                if self._model is not None:
                    self._score(self._model, datetime.now(UTC).date())
        except Exception as error:  # noqa: BLE001 - the next look is as good as any
            _say(error)

    def close(self) -> None:
        """Let another process be the one that scores."""
        if self._leading is not None:
            os.close(self._leading)
            self._leading = None

    def _leads(self) -> bool:
        """Tell whether this process is the one; it stays so until it ends."""
        if self._leading is None:
            self._path.mkdir(parents=True, mode=0o700, exist_ok=True)
            handle = os.open(self._path / ".leader", os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                return False
            self._leading = handle
        return True

    def _take(self, folder: Path) -> None:
        """Load the challenger when it is another than at the last look; judged once."""
        about = (folder / CHALLENGER_FILE).stat()
        if (seen := (about.st_ino, about.st_mtime_ns)) == self._seen:
            return
        self._seen, self._model = seen, None
        try:
            model = Model(folder)
        except ArtefactError as error:
            log.error("the challenger is refused, nothing is scored in the shade: %s", error)  # noqa: TRY400
            return
        said = model.about
        place = shade.of(self._path, said.digest).path
        place.mkdir(parents=True, mode=0o700, exist_ok=True)
        with durable.written(place / CHALLENGER_FILE) as file:
            file.write(said.model_dump_json(indent=1).encode())
        self._model, self._unreported = model, True
        log.info("in the shade: %s %s %s", said.name, said.version, said.digest)

    def _score(self, model: Model, today: date) -> None:
        first = today - timedelta(days=self._days - 1)
        self._unreported |= bool(shade.drop(self._path, first))
        mine = shade.of(self._path, model.about.digest)
        done = {file.first_seq for file in mine.files(first)}
        ends_s = time.monotonic() + LONGEST_S
        for file in self._archive.files(first):
            if file.first_seq in done:
                continue
            if time.monotonic() > ends_s:
                self._next_s = 0.0
                return
            self._score_file(model, file, mine)
        if self._unreported and time.monotonic() >= self._next_report_s:
            self._report(model, mine, first)

    def _score_file(self, model: Model, file: File, mine: Folder) -> None:
        """Score a file of the archive; one that cannot be read holds up no other."""
        place = mine.place_of(file.first_seq, file.day)
        try:
            with mine.changing(wait=True):
                if not place.exists():
                    table.place(place, judged(table.read(file, READ), model, self._shelf))
                    self._unreported = True
        except (ArchiveError, PolarsError) as error:
            _say(error)

    def _report(self, model: Model, mine: Folder, first: date) -> None:
        began_s = time.monotonic()
        document = comparison.report(shade.read(mine, first, None), model.about)
        with durable.written(self._settings.shade_report) as file:
            file.write(json.dumps(document).encode())
        now_s = time.monotonic()
        self._next_report_s, self._unreported = now_s + SELDOM * (now_s - began_s), False


def _say(error: Exception) -> None:
    # Any other text could quote a record.
    said = error if isinstance(error, ArchiveError | OSError) else type(error).__name__
    log.error("the challenger did not score: %s", said)
