"""Which files an archive has, in the order of the chain, and who may change them."""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

from protocol import durable
from protocol.errors import LoanscoreError
from protocol.record import EMPTY, Head
from records import checksum

#: `date=2026-11-25/000000000001.parquet`: the day its records became final, UTC, and its first seq.
_DAY = re.compile(r"date=(\d{4}-\d\d-\d\d)")
_FILE = re.compile(r"(\d{12})\.parquet")
#: What a killed writer leaves behind, see `protocol.durable`.
_BESIDE = ".[0-9]*"


class ArchiveError(LoanscoreError):
    """An archive that cannot be used as it is."""


class ArchiveBusy(ArchiveError):
    """Another process is changing the archive."""


class File(NamedTuple):
    """One file of an archive; files sort as the chain goes."""

    first_seq: int
    path: Path

    @property
    def day(self) -> date:
        """The day on which its records became final, UTC."""
        return date.fromisoformat(self.path.parent.name.removeprefix("date="))

    def remove(self) -> None:
        """Remove it, its checksum, and the folder of its day once that is empty."""
        checksum.beside(self.path).unlink(missing_ok=True)
        self.path.unlink()
        if not any(self.path.parent.iterdir()):
            self.path.parent.rmdir()


class Folder:
    """The folder of an archive.

    Args:
        path: `Settings.records_folder`, or where it was copied to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def files(self, first: date | None = None) -> list[File]:
        """List the files of the chain from a day on, those that are over left out."""
        start = self.anchor().seq
        return [file for file in self._all(first) if file.first_seq > start]

    def newest(self) -> File | None:
        """Name the last file; None when there is none."""
        start = self.anchor().seq
        recent: list[File] = []
        # Seq and clock grow together; where a clock was set back, the day before is looked at too.
        days = 0
        for day in sorted(self._days(), reverse=True):
            files = [file for file in _files(day) if file.first_seq > start]
            recent += files
            days += bool(files)
            if days == 2:
                break
        return max(recent, default=None)

    def place_of(self, first_seq: int, day: date) -> Path:
        """Name the file that begins with a record, and make its folder."""
        folder = self.path / f"date={day.isoformat()}"
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            durable.sync(self.path)
        return folder / f"{first_seq:012}.parquet"

    def anchor(self) -> Head:
        """Name the last record that is over and was removed: what comes next begins there."""
        path = self._anchor
        if not path.exists():
            return EMPTY
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
            return Head(int(read["seq"]), str(read["link"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ArchiveError(f"{path}: is no anchor; see docs/records.md") from error

    def move_anchor(self, head: Head) -> None:
        """Say that all up to `head` is over, and remove the files."""
        with durable.written(self._anchor) as file:
            file.write(json.dumps(head._asdict()).encode())
        for file_over in self._all():
            if file_over.first_seq <= head.seq:
                file_over.remove()

    @contextmanager
    def changing(self, *, wait: bool) -> Iterator[None]:
        """Be the only one who changes the archive while the block runs.

        Args:
            wait: for whoever changes it now; else raise `ArchiveBusy`.
        """
        self.path.mkdir(parents=True, mode=0o700, exist_ok=True)
        handle = os.open(self.path / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError as error:
                raise ArchiveBusy(f"{self.path}: another process is changing it") from error
            self._tidy()
            yield
        finally:
            os.close(handle)

    def _tidy(self) -> None:
        """Remove what killed writers left: it may hold what has been erased since."""
        for beside in self.path.glob(f"*/{_BESIDE}"):
            beside.unlink()

    @property
    def _anchor(self) -> Path:
        return self.path / "anchor.json"

    def _days(self) -> list[Path]:
        return [path for path in self.path.glob("date=*") if _DAY.fullmatch(path.name)]

    def _all(self, first: date | None = None) -> list[File]:
        from_on = f"date={first or ''}"
        days = (day for day in self._days() if day.name >= from_on)
        return sorted(file for day in days for file in _files(day))


def _files(day: Path) -> Iterator[File]:
    for path in day.iterdir():
        if matched := _FILE.fullmatch(path.name):
            yield File(int(matched[1]), path)
