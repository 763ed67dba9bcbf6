"""Receive a portfolio: streamed to its folder, counted and hashed, never held whole."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple, cast

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from api.problems import Problem
from protocol.durable import Steady, written
from protocol.folder import CampaignFolder

#: Bytes read at once.
BLOCK = 1 << 18
#: Parts of a form at most, and bytes of those that are no file. The parser counts with them what it
#: holds back of any part and the 64 KiB it reads next: at 64 KiB it would refuse large files.
MOST_PARTS, MOST_FIELDS_BYTES = 64, 131_072


class Received(NamedTuple):
    """What was sent."""

    bytes: int
    #: 64 hex digits
    sha256: str


class _Sink:
    """A file that counts and hashes what is written to it.

    Args:
        file: open for writing.
        most: bytes it may get.
    """

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file = Steady(file)
        self._most = most
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        if self.size > self._most:
            raise RequestEntityTooLarge
        self._digest.update(data)
        return self._file.write(data)

    def seek(self, _: int) -> None:
        """The form's parser rewinds what it has filled; nobody reads it here."""

    def received(self) -> Received:
        return Received(self.size, self._digest.hexdigest())


def receive_raw(folder: CampaignFolder, most: int) -> Received:
    """Write the current request's body to the folder's portfolio.

    Args:
        folder: of the campaign to be.
        most: bytes taken.
    Raises:
        Problem: length-required, or malformed-body when the caller went away.
        RequestEntityTooLarge: more than `most` bytes.
        OSError: it could not be written; nothing is left behind.
    """
    announced = request.content_length
    if announced is None:
        # The server tells the end of a body in chunks and a caller that went away alike.
        raise Problem("length-required", "Send Content-Length, or the file as a form.")
    with _sink(folder, most) as sink:
        while block := request.stream.read(BLOCK):
            sink.write(block)
        if sink.size != announced:
            raise Problem("malformed-body", "The body was cut short; send it again.")
        return sink.received()


def receive_form(
    folder: CampaignFolder,
    most: int,
    begin: Callable[[str], None],
    beside: MultiDict[str, str] | None = None,
) -> Received:
    """Write the part `file` of the current request's form to the folder's portfolio.

    Args:
        folder: of the campaign to be.
        most: bytes taken.
        begin: called with the file's name before its first byte is written; may raise.
        beside: gets the other parts; None refuses them.
    Raises:
        Problem: malformed-body, the form has other parts or the caller went away.
        RequestEntityTooLarge: more than `most` bytes.
        OSError: it could not be written; nothing is left behind.
    """
    begun: list[str] = []

    def opened(*, filename: str | None, **_: Any) -> Any:
        if begun:
            raise _no_form()
        begun.append(filename or "")
        begin(begun[0])
        return sink

    with _sink(folder, most) as sink:
        parser = FormDataParser(
            cast("Any", opened),
            max_form_memory_size=MOST_FIELDS_BYTES,
            max_form_parts=MOST_PARTS,
            silent=False,
        )
        try:
            _, fields, files = parser.parse(
                request.stream, request.mimetype, None, request.mimetype_params
            )
        except ValueError:
            raise Problem("malformed-body", "The body is no form, or was cut short.") from None
        if (fields and beside is None) or list(files) != ["file"]:
            raise _no_form()
        if beside is not None:
            beside.update(fields)
        return sink.received()


@contextmanager
def _sink(folder: CampaignFolder, most: int) -> Iterator[_Sink]:
    # More than that, so that the file is refused by its own size and not cut to fit.
    request.max_content_length = most + BLOCK
    folder.path.mkdir(mode=0o700, parents=True)
    with written(folder.portfolio) as file:
        yield _Sink(file, most)


def _no_form() -> Problem:
    return Problem("malformed-body", "Send one part, the file, by the name `file`.")
