"""Outcomes: say of scored applications whether the loan defaulted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from loanscore_client.errors import Fault, Invalid
from loanscore_client.jobs import read_answer
from loanscore_client.outcome_file import BadLine, Outcome, read
from loanscore_client.transport import Request, Transport

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from loanscore_client.documents import Document
    from loanscore_client.upload import Source

OUTCOMES = "/v1/outcomes"
#: Outcomes of one request at most.
MOST = 1_000
_PLACE = re.compile(r"/items/(\d+)(?:/(\w+))?")
#: Told after each request: lines of the file that are done, good ones and bad ones.
Done = Callable[[int], None]


@dataclass(frozen=True)
class Recorded:
    """What the service did with some outcomes."""

    #: new records
    accepted: int
    #: outcomes that were on record already
    repeated: int


@dataclass(frozen=True)
class SentFile:
    """What became of a file of outcomes: accepted + repeated + lines of `bad` are its lines."""

    accepted: int
    repeated: int
    #: by line; a line may have several
    bad: tuple[BadLine, ...]

    @property
    def bad_lines(self) -> int:
        """How many lines are bad."""
        return len({one.line for one in self.bad})


class Outcomes:
    """The outcomes of one service; reached as `Client.outcomes`, with the scope outcomes:write.

    Args:
        transport: sends the calls.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def record(self, outcomes: Iterable[Outcome]) -> Recorded:
        """Put outcomes on record, all of them or none; again: nothing happens.

        Args:
            outcomes: 1 to 1,000. Of several of one score the latest observation counts.
        Raises:
            Invalid: one has a fault; each is in `errors`, with its place in `outcomes`.
        """
        items = [
            {
                "id": one.id,
                "defaulted": one.defaulted,
                "observed_on": one.observed_on.isoformat(),
            }
            for one in outcomes
        ]
        body = json.dumps({"items": items}).encode()
        return read_answer(_recorded, self._transport.call(Request("POST", OUTCOMES, body)))

    def send(  # noqa: PLR0913 - all but the file are names with a default
        self,
        file: Source,
        file_format: str = "csv",
        *,
        delimiter: str = ",",
        columns: Mapping[str, str] | None = None,
        at_once: int = MOST,
        done: Done | None = None,
    ) -> SentFile:
        """Put the outcomes of a file on record; a bad line keeps none of the others back.

        The file is read as it is sent. Sent again, what is on record already is not recorded twice
        while the service remembers it, and counts once however often it is recorded.

        Args:
            file: a path, or a file open for reading bytes.
            file_format: csv or ndjson, see `loanscore_client.outcome_file`.
            delimiter: of CSV.
            columns: what the file calls id, defaulted and observed_on, where it calls them
                otherwise.
            at_once: outcomes of one request, 1 to 1,000; where the key has a smaller limit.
            done: told of the progress.
        Raises:
            ValueError: the file has no such columns.
            OSError: it cannot be read.
        """
        if isinstance(file, (str, PathLike)):
            with Path(file).open("rb") as opened:
                return self._send(read(opened, file_format, delimiter, columns), at_once, done)
        return self._send(read(file, file_format, delimiter, columns), at_once, done)

    def _send(
        self, lines: Iterator[Outcome | list[BadLine]], at_once: int, done: Done | None
    ) -> SentFile:
        accepted = repeated = at = 0
        bad: list[BadLine] = []
        while part := list(islice(lines, at_once)):
            for faults in part:
                bad += faults if isinstance(faults, list) else []
            recorded, refused = self._take([one for one in part if isinstance(one, Outcome)])
            bad += refused
            accepted += recorded.accepted
            repeated += recorded.repeated
            at += len(part)
            if done:
                done(at)
        return SentFile(accepted, repeated, tuple(sorted(bad, key=lambda one: one.line)))

    def _take(self, outcomes: Sequence[Outcome]) -> tuple[Recorded, list[BadLine]]:
        """Send them, and those that are left when the service names bad ones."""
        bad: list[BadLine] = []
        while outcomes:
            try:
                return self.record(outcomes), bad
            except Invalid as error:
                named = [_bad(fault, outcomes) for fault in error.errors]
                if not named or None in named:
                    raise
            found = [one for one in named if one is not None]
            lines = {one.line for one in found}
            bad += found
            outcomes = [one for one in outcomes if one.line not in lines]
        return Recorded(0, 0), bad


def _bad(fault: Fault, outcomes: Sequence[Outcome]) -> BadLine | None:
    place = _PLACE.fullmatch(fault.pointer)
    if not place or int(place[1]) >= len(outcomes):
        return None
    return BadLine(outcomes[int(place[1])].line or 0, place[2], fault.detail)


def _recorded(document: Document) -> Recorded:
    return Recorded(int(document["accepted"]), int(document["repeated"]))
