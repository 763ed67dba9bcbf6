"""Verify an archive: every record unaltered, in its place, and none missing between two others."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from protocol.record import Head, link, personal_digest
from protocol.times import rfc3339
from records import table
from records.folder import ArchiveError, File, Folder

#: Columns that repeat a member of the public part.
_REPEATED = ("seq", "entry", "class", "id", "owner", "state", "decision")


class BrokenChain(ArchiveError):
    """The first record that is not as it was written; the text says where and what is wrong."""


class Verified(NamedTuple):
    """An archive whose chain holds."""

    records: int
    #: 0 when there are none
    first_seq: int
    head: Head
    #: records without a personal part
    erased: int
    files: int


def verify(folder: Folder, head: str | None = None) -> Verified:
    """Walk the whole chain.

    Args:
        folder: of the archive.
        head: a link noted elsewhere that must be in it; None asks for none.
    Raises:
        BrokenChain: at the first record that fails.
        ArchiveError: a file cannot be read.
    """
    start = at = folder.anchor()
    records = erased = 0
    met = head in {None, at.link}
    files = folder.files()
    for file in files:
        for position, row in _rows(file):
            at = _next(at, file, position, row)
            met = met or at.link == head
            records += 1
            erased += row["personal"] is None
    if not met:
        raise BrokenChain(
            f"no record has the link {head}: the chain ends before it, at seq {at.seq}"
        )
    return Verified(records, start.seq + 1 if records else 0, at, erased, len(files))


def _rows(file: File) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        frame = table.read(file)
    except ArchiveError as error:
        raise BrokenChain(f"{error}; its first record would be seq {file.first_seq}") from error
    return enumerate(frame.iter_rows(named=True), 1)


def _next(at: Head, file: File, position: int, row: dict[str, Any]) -> Head:
    fault = _fault(at, file, position, row)
    if fault:
        raise BrokenChain(f"{file.path} row {position}, seq {row['seq']}, id {row['id']}: {fault}")
    return Head(row["seq"], row["link"])


def _fault(at: Head, file: File, position: int, row: dict[str, Any]) -> str | None:
    return _place_fault(at, file, position, row) or _seal_fault(at, row) or _copy_fault(file, row)


def _place_fault(at: Head, file: File, position: int, row: dict[str, Any]) -> str | None:
    if row["seq"] != at.seq + 1:
        return f"seq: {at.seq + 1} was expected; records are missing, doubled or out of order"
    if position == 1 and file.first_seq != row["seq"]:
        return "file: its name is not its first seq"
    return None


def _seal_fault(at: Head, row: dict[str, Any]) -> str | None:
    if any(row[name] is None for name in ("public", "personal_digest", "link")):
        return "columns: a part is missing"
    if (row["personal"] is None) != (row["salt"] is None):
        return "personal digest: part and salt are there or erased together"
    if row["personal"] is not None and not _digest_fits(row):
        return "personal digest: the personal part or its salt was altered"
    if row["link"] != link(at.link, row["public"], row["personal_digest"]):
        return "link: the record was altered, or the one before it was"
    return None


def _digest_fits(row: dict[str, Any]) -> bool:
    return bool(personal_digest(row["salt"], row["personal"]) == row["personal_digest"])


def _copy_fault(file: File, row: dict[str, Any]) -> str | None:
    public = json.loads(row["public"])
    names = [name for name in _REPEATED if public[name] != row[name]]
    if public["finished_at"] != _time(row["finished_ms"]):
        names.append("finished_ms")
    if not public["finished_at"].startswith(file.day.isoformat()):
        names.append("date")
    return f"columns: {', '.join(names)} not as in the public part" if names else None


def _time(milliseconds: Any) -> str | None:
    """Spell a time; None for what an altered column can hold and no calendar has."""
    try:
        return rfc3339(milliseconds)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
