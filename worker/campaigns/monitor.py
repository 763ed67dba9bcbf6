"""The monitor: makes a report of the archive now and then, and has crossings told.

Beside the archiver in every campaign worker; one at a time, by a lease in Redis. A monitor that
dies leaves a report or none: the next one makes it anew, and tells what was not told.
"""

import logging
import time
from datetime import UTC, datetime

from monitoring.levels import Document, Thresholds, crossed, levels
from monitoring.report import Window, report
from protocol.errors import LoanscoreError
from protocol.kept import Kept
from protocol.monitoring import Reports, Watch
from protocol.refused import Refused
from protocol.settings import Settings
from records.folder import ArchiveError, Folder

log = logging.getLogger("loanscore.worker")
#: Between two looks whether a report is due, s.
LOOK_S = 10.0


class Overtaken(LoanscoreError):
    """Another monitor makes the report now."""


class Monitor:
    """Makes the report when it is due.

    Args:
        watch: with a connection of its own.
        refused: likewise.
        settings: what a report is about, how often it is made, and where it is kept.
    """

    def __init__(self, watch: Watch, refused: Refused, settings: Settings) -> None:
        self._watch = watch
        self._refused = refused
        self._settings = settings
        self._reports = Reports(settings.storage_folder)
        self._next_s = 0.0

    def look(self) -> None:
        """Make a report when it is time; a fault is logged and tried again in time.

        Raises:
            LedgerUnavailable: Redis did not answer.
        """
        if time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + min(LOOK_S, self._settings.monitor_s)
        if not self._watch.lease():
            return
        try:
            self._settle(self._make())
        except Overtaken as error:
            log.warning("monitoring: %s", error)
        except (ArchiveError, OSError) as error:
            # The text of both names a file of ours, never what stands in it.
            log.error("no report of monitoring was made: %s", error)  # noqa: TRY400

    def _make(self) -> Document:
        settings, now = self._settings, datetime.now(UTC)
        window = Window.until(now.date(), settings)
        made = report(
            Folder(settings.records_folder),
            Kept(settings.storage_folder),
            window,
            Thresholds.of(settings),
            now,
            self._go_on,
            self._refused.between(window.first, window.last),
        )
        self._go_on()
        self._reports.write(made)
        return made

    def _go_on(self) -> None:
        if not self._watch.lease():
            raise Overtaken("another worker makes the report")

    def _settle(self, made: Document) -> None:
        now = levels(made["alarms"])
        is_crossed = crossed(self._watch.levels(), now)
        if not self._watch.settle(now, made["level"], crossed=is_crossed):
            log.warning("monitoring: another worker was faster")
        elif is_crossed:
            # Fields and grades of the model; nothing of an applicant.
            log.warning("monitoring: %s: %s", made["level"], ", ".join(sorted(now)))
