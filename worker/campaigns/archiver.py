"""The archiver: moves decision records from Redis to the archive, none lost and none doubled.

Beside the sweeper in every campaign worker; one at a time, by a lease in Redis and a lock in the
folder. The files are the truth: a record is taken off the stream only when it is on the disk, and
what a killed archiver had written is recognised by the ids of its entries and settled.
"""

import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

import polars as pl

from protocol.record import EMPTY, Head, sealed
from protocol.record_parts import Entry
from protocol.record_stream import RecordStream
from protocol.settings import Settings
from records import retention, table
from records.folder import ArchiveBusy, ArchiveError, Folder

log = logging.getLogger("loanscore.worker")
#: Records of one batch at most, and so many that wait are not made to wait longer.
BATCH = 10_000


class Archiver:
    """Archives what waits.

    Args:
        stream: with a connection of its own.
        settings: where to, how often, and how long it is kept.
    """

    def __init__(self, stream: RecordStream, settings: Settings) -> None:
        self._stream = stream
        self._folder = Folder(settings.records_folder)
        self._every_s = settings.archive_s
        self._next_s = 0.0
        self._failed = False
        self._kept = retention.Days(
            settings.record_days_score,
            settings.record_days_unscored,
            settings.record_days_override or settings.record_days_score,
        )

    def look(self) -> None:
        """Archive when it is time or much waits; a fault is logged and tried again in time.

        Raises:
            LedgerUnavailable: Redis did not answer.
        """
        waiting = self._stream.waiting().records
        hurry = waiting >= BATCH and not self._failed
        if not hurry and time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + self._every_s
        self._failed = True
        try:
            with self._folder.changing(wait=False):
                while waiting and self.archive() >= BATCH:
                    pass
                dropped = retention.apply(self._folder, self._kept, datetime.now(UTC).date())
        except ArchiveBusy:
            return
        except (ArchiveError, OSError) as error:
            # An OSError names a file of ours, never what stands in it.
            log.error("decision records were not archived: %s", error)  # noqa: TRY400
            return
        self._failed = False
        if dropped:
            log.info("the time of %s decision records is up: personal parts dropped", dropped)

    def archive(self) -> int:
        """Move one batch; the caller holds `Folder.changing`.

        Returns:
            How many entries were taken off the stream.
        Raises:
            ArchiveError: folder and Redis do not belong together, or a file is damaged.
            LedgerUnavailable: Redis did not answer.
        """
        token = self._stream.lease()
        if token is None:
            return 0
        old, tail = self._stream.head(), table.head(self._folder)
        # Those that are on the disk already stand first, and all of them must go with this step.
        entries = self._stream.entries(BATCH + self._unsettled(old, tail))
        fresh = self._fresh(old, tail, entries)
        entries = entries[: len(entries) - len(fresh[BATCH:])]
        head = self._write(tail, fresh[:BATCH])
        if not self._stream.settle(token, old, head, entries[-1][0] if entries else ""):
            log.warning("another archiver was faster")
            return 0
        if entries:
            # An anchor outside the archive: with it a chain that was cut off or made anew is known.
            log.info("decision records archived: %s, head %s %s", len(entries), *head)
        return len(entries)

    def _unsettled(self, old: Head | None, tail: Head) -> int:
        """Count the records on the disk that Redis does not know to be there.

        Raises:
            ArchiveError: Redis knows of records that the folder has not.
        """
        known = old or EMPTY
        if known.seq > tail.seq or (known.seq == tail.seq and known != tail):
            raise ArchiveError(
                f"{self._folder.path} ends with record {tail.seq}, but {known.seq} were archived:"
                " put back what is missing, or see docs/records.md on beginning anew"
            )
        return tail.seq - known.seq

    def _fresh(
        self, old: Head | None, tail: Head, entries: list[tuple[str, Entry]]
    ) -> list[tuple[str, Entry]]:
        """Leave out what is on the disk: written and not settled, or Redis is an older copy."""
        if not entries or not self._unsettled(old, tail):
            return entries
        written = self._written_after(old or EMPTY, {entry["id"] for _, entry in entries})
        return [entry for entry in entries if (entry[0], entry[1]["id"]) not in written]

    def _written_after(self, old: Head, ids: set[str]) -> set[tuple[str, str]]:
        """Name what of these was archived behind a head, by entry and id.

        Without a head, as after a Redis was lost, the whole archive is asked.
        """
        files = self._folder.files()
        ends = [file.first_seq for file in files[1:]]
        behind = [file for file, end in zip(files, ends, strict=False) if end > old.seq + 1]
        written: set[tuple[str, str]] = set()
        for file in [*behind, *files[-1:]]:
            frame = table.read(file, ["entry", "id"])
            written.update(frame.filter(pl.col("id").is_in(list(ids))).iter_rows())
        return written

    def _write(self, head: Head, entries: list[tuple[str, Entry]]) -> Head:
        # Not sorted: the chain goes in the order of the stream, also when a clock was set back.
        for day, of_day in groupby(entries, lambda entry: _day(entry[1]["finished_ms"])):
            first = head.seq + 1
            rows, head = _rows(head, of_day, self._stream.erased())
            table.write_new(self._folder.place_of(first, day), rows)
        return head


def _rows(
    head: Head, entries: Iterator[tuple[str, Entry]], erased: set[str]
) -> tuple[list[tuple[Any, ...]], Head]:
    rows = []
    for entry_id, entry in entries:
        parts = sealed(head, entry_id, entry)
        head = Head(head.seq + 1, parts.link)
        decision = json.loads(parts.public)["decision"]
        row = table.row(head.seq, entry_id, entry, decision, parts)
        rows.append(_without_personal(row) if entry["id"] in erased else row)
    return rows, head


_PERSONAL = [list(table.SCHEMA).index(name) for name in ("personal", "salt")]


def _without_personal(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(None if at in _PERSONAL else value for at, value in enumerate(row))


def _day(milliseconds: str) -> date:
    return datetime.fromtimestamp(int(milliseconds) / 1_000, UTC).date()
