"""Fetch one file of a campaign: go on where it broke off, believe it only by its digest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from urllib3.exceptions import HTTPError

from loanscore_client.answer import unreadable
from loanscore_client.errors import ConnectionFailed, Damaged, LoanscoreError
from loanscore_client.part import Part, is_file_of, repr_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import urllib3

    from loanscore_client.transport import Transport

#: Told at the start and after each block: bytes that are here, and bytes in all.
Fetched = Callable[[int, int], None]
#: Bytes taken from the connection at a time.
BLOCK = 262_144

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_ENDING = re.compile(r'filename="?[^";]*?(\.[a-z0-9]{1,8})"?(?:;|$)')


@dataclass(frozen=True)
class _Found:
    """What an answer's headers tell of the file."""

    sha256: bytes
    etag: str | None
    #: where in the file the answer begins, and how long the file is, bytes
    start: int
    size: int
    #: ".csv", or "" when it is not told
    ending: str


class Download:
    """One file on its way here.

    Args:
        transport: sends the calls.
        place: path of the file at the service.
        kind: results, errors ...; names the file when `to` is a folder.
        to: the file, or a folder that exists.
        fetched: told of the progress.
    """

    def __init__(
        self, transport: Transport, place: str, kind: str, to: Path, fetched: Fetched | None
    ) -> None:
        self._transport = transport
        self._place = place
        self._kind = kind
        self._to = to
        self._fetched = fetched or _unheard
        name = f"{kind}.part"
        self._part = Part(to / name if to.is_dir() else to.with_name(f"{to.name}.part"))

    def run(self) -> Path:
        """Fetch until it is whole.

        Returns:
            Where it is.
        Raises:
            LoanscoreError: what the last attempt came to; what has come so far is kept.
            Damaged: what came is not what the service has; it was thrown away.
            OSError: it cannot be written.
        """
        repeats = self._transport.repeats()
        while True:
            before = self._part.size
            outcome = self._attempt()
            if isinstance(outcome, Path):
                return outcome
            if self._part.size > before:
                repeats = self._transport.repeats()  # it gets on: as patient as at the beginning
            repeats.pause(outcome)

    def _attempt(self) -> Path | LoanscoreError:
        response = self._transport.begin(self._place, self._part.wanted())
        if isinstance(response, LoanscoreError):
            return response
        try:
            return self._take(response)
        except HTTPError as error:
            detail = f"{type(error).__name__} while the file came"
        finally:
            response.close()
        return ConnectionFailed("connection-failed", detail, response.headers.get("X-Request-Id"))

    def _take(self, response: urllib3.BaseHTTPResponse) -> Path | LoanscoreError:
        request_id = response.headers.get("X-Request-Id")
        found = _read(response.status, response.headers)
        if found is None:
            return unreadable(response.status, request_id or "unknown")
        name = self._kind if "." in self._kind else self._kind + found.ending
        target = self._to / name if self._to.is_dir() else self._to
        if is_file_of(target, found.sha256):
            self._part.drop()
            return target
        self._fetched(found.start, found.size)
        for here in self._part.add(
            response.stream(BLOCK, decode_content=False), found.start, found.etag
        ):
            self._fetched(here, found.size)
        return target if self._part.become(target, found.sha256) else Damaged(request_id)


def _read(status: int, headers: Mapping[str, str]) -> _Found | None:
    sha256 = repr_digest(headers.get("Repr-Digest"))
    partial = _RANGE.fullmatch(headers.get("Content-Range", ""))
    length = headers.get("Content-Length", "")
    if sha256 is None or not (partial if status == 206 else length.isdecimal()):
        return None
    start, size = (int(partial[1]), int(partial[2])) if partial else (0, int(length))
    named = _ENDING.search(headers.get("Content-Disposition", ""))
    return _Found(sha256, headers.get("ETag"), start, size, named[1] if named else "")


def _unheard(_here: int, _size: int) -> None:
    """Tell nobody."""
