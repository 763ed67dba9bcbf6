"""How far a campaign is, on stderr: bars on a terminal, lines when asked for, else nothing."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

import click
from loanscore_client import Campaign
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

#: Bytes that have moved, and bytes in all or None.
Moved = Callable[[int, int | None], None]
Looked = Callable[[Campaign], None]
#: Between two lines of one status, s.
LINE_S = 10.0


class Show(Protocol):
    """Shows each step for as long as its block runs."""

    def moving(self, what: str) -> AbstractContextManager[Moved]:
        """Show bytes that go or come."""

    def scoring(self) -> AbstractContextManager[Looked]:
        """Show rows that are scored."""


def show(*, verbose: bool) -> Show:
    """Choose by where stderr goes."""
    if sys.stderr.isatty():
        return Bars()
    return Lines() if verbose else Silence()


class Silence:
    """Shows nothing: a log must not fill up with bars."""

    def moving(self, what: str) -> AbstractContextManager[Moved]:  # noqa: ARG002
        """Show nothing."""
        return nullcontext(lambda _done, _size: None)

    def scoring(self) -> AbstractContextManager[Looked]:
        """Show nothing."""
        return nullcontext(lambda _campaign: None)


class Bars:
    """Shows bars; Ctrl-C leaves the terminal as it was."""

    @contextmanager
    def moving(self, what: str) -> Iterator[Moved]:
        """Show bytes, their rate and the time that is left."""
        columns = (DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        with _bar(*columns) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, size: bar.update(task, completed=done, total=size)

    @contextmanager
    def scoring(self) -> Iterator[Looked]:
        """Show the share that is done, rows, their rate and the time that is left."""
        with _bar(TaskProgressColumn(), TextColumn("{task.fields[told]}")) as bar:
            task = bar.add_task("queued", total=None, told="")
            yield lambda found: bar.update(
                task,
                description=found.status,
                completed=found.progress.share,
                total=1.0 if found.chunks.total or found.final else None,
                told=pace(found),
            )


class Lines:
    """Says a line when the status changes, and one every ten seconds."""

    @contextmanager
    def moving(self, what: str) -> Iterator[Moved]:
        """Say how many bytes have moved."""
        line = _Line()
        yield lambda done, size: line.say(
            what, f"{what}: {done:,} of {'?' if size is None else f'{size:,}'} bytes"
        )

    @contextmanager
    def scoring(self) -> Iterator[Looked]:
        """Say how many rows are done."""
        line = _Line()
        yield lambda found: line.say(found.status, f"{found.status}: {pace(found)}")


def pace(found: Campaign) -> str:
    """Say how many rows are done, how many a second, and how long it will take."""
    rows, progress = found.counts, found.progress
    done = rows.scored + rows.invalid
    said = [f"{done:,} rows" if rows.total is None else f"{done:,}/{rows.total:,} rows"]
    if progress.rows_per_s is not None:
        said.append(f"{progress.rows_per_s:,.0f}/s")
    if progress.eta_s is not None and not found.final:
        said.append(duration(progress.eta_s))
    return "  ".join(said)


def duration(seconds: float) -> str:
    """Write a time as people read it.

    >>> duration(3_725)
    '1:02:05'
    """
    minutes, left = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{left:02}"


class _Line:
    def __init__(self) -> None:
        self._last: tuple[str, float] = ("", 0.0)

    def say(self, status: str, text: str) -> None:
        before, at = self._last
        if status != before or time.monotonic() - at >= LINE_S:
            click.echo(text, err=True)
            self._last = status, time.monotonic()


def _bar(*columns: ProgressColumn) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"), BarColumn(), *columns, console=console, expand=False
    )
