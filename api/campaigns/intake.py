"""Take a portfolio in: store it, look at its header, and only then let it be accepted."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from flask import g, request
from werkzeug.datastructures import MultiDict

from api import body, submission
from api.campaigns import options
from api.campaigns.upload import receive_form, receive_raw
from api.problems import Fault, Problem
from portfolio.layout import read_layout
from portfolio.options import Options, PortfolioError
from portfolio.packed import is_gzip
from protocol import source as sources
from protocol.campaigns import Campaigns
from protocol.folder import CampaignFolder
from protocol.settings import Settings


class Taken(NamedTuple):
    """A portfolio that can be accepted."""

    options: Options
    name: str | None
    #: where it is from, as fields of the record: `uri`, or `records` and `under`, or `bytes` and
    #: `sha256` as it was sent
    source: dict[str, str | int]

    def fields(self) -> dict[str, str | int]:
        """Give what the campaign's record says of it."""
        own = {} if self.name is None else {"name": self.name}
        return {"options": self.options.model_dump_json(), **self.source, **own}

    def meaning(self) -> dict[str, object]:
        """Give what makes a repeated request the same one."""
        return {
            "options": json.loads(self.options.model_dump_json()),
            "name": self.name,
            "source": self.source,
        }


class Intake:
    """Receives portfolios, a few at a time: each holds one of the API's threads.

    Args:
        settings: where they go, how large and how many at once.
        campaigns: those that a new one may be compared with.
    """

    def __init__(self, settings: Settings, campaigns: Campaigns) -> None:
        self._campaigns = campaigns
        self._storage = settings.storage_folder
        self._most = settings.upload_limit_bytes
        self._prefixes = settings.campaign_prefixes
        self._free = threading.BoundedSemaphore(settings.api_uploads)

    def folder(self, campaign: str) -> CampaignFolder:
        """Give the folder of a campaign."""
        return CampaignFolder.of(self._storage, campaign)

    def take(self, campaign: str) -> Taken:
        """Store the current request's portfolio in the folder of a campaign to be.

        One that is named by a URI, or by decision records, is not looked at here: a worker fetches
        it.

        Raises:
            Problem: malformed-body, invalid-query, unsupported-media-type, invalid-portfolio,
                overloaded or storage-unavailable; nothing is left behind.
            RequestEntityTooLarge: above LOANSCORE_UPLOAD_LIMIT_BYTES.
        """
        if request.mimetype == "application/json":
            return self._named()
        folder = self.folder(campaign)
        with self._slot(), _cleaned(folder):
            return self._stored(folder)

    def take_form(
        self, campaign: str, asked: Callable[[MultiDict[str, str]], MultiDict[str, str]]
    ) -> Taken:
        """Store the portfolio of a form of the pages, whose other parts are its options.

        Args:
            campaign: as `take`.
            asked: gives the options among the other parts; may raise.
        Raises:
            Problem: as `take`.
            RequestEntityTooLarge: above LOANSCORE_UPLOAD_LIMIT_BYTES.
        """
        folder = self.folder(campaign)
        names: list[str] = []
        parts: MultiDict[str, str] = MultiDict()
        with self._slot(), _cleaned(folder):
            received = receive_form(folder, self._most, names.append, parts)
            given = asked(parts)
            read = self._comparable(options.read_named(names[0], given))
            _look(folder, read)
            return Taken(read, options.name(given), received._asdict())

    def discard(self, campaign: str) -> None:
        """Remove what was stored, because it was not accepted."""
        shutil.rmtree(self.folder(campaign).path, ignore_errors=True)

    def _named(self) -> Taken:
        match body.read_object():
            case {"input": {"uri": str(uri), **beside}, **others} if not beside and not others:
                return self._at(uri)
            case {"input": {"records": _, **beside}, **others} as given if not beside and (
                others.keys() <= {"under"}
            ):
                replay = submission.read_replay(given)
                return Taken(options.of_records(), options.name(), replay.source())
            case _:
                detail = 'Send {"input": {"uri": ...}}, or "records" in it and "under" beside it.'
                raise _refused("", "not-an-input", detail)

    def _at(self, uri: str) -> Taken:
        try:
            canonical = sources.read(uri, self._prefixes, g.owner)
        except sources.SourceError as error:
            raise _refused("/input/uri", "uri-refused", str(error)) from None
        asked = self._comparable(options.read_named(canonical))
        return Taken(asked, options.name(), {"uri": canonical})

    def _stored(self, folder: CampaignFolder) -> Taken:
        name = options.name()
        if request.mimetype == "multipart/form-data":
            read: list[Options] = []
            received = receive_form(
                folder,
                self._most,
                lambda file: read.append(self._comparable(options.read_named(file))),
            )
            (asked,) = read
        elif request.mimetype in options.FORMATS:
            asked = self._comparable(options.read(options.FORMATS[request.mimetype]))
            received = receive_raw(folder, self._most)
        else:
            known = ", ".join(("application/json", "multipart/form-data", *options.FORMATS))
            raise Problem("unsupported-media-type", f"Send a Content-Type of {known}.")
        _look(folder, asked)
        return Taken(asked, name, received._asdict())

    def _comparable(self, asked: Options) -> Options:
        """Make sure that a campaign to be compared with is the caller's own.

        Raises:
            Problem: invalid-query, the same for another's as for none.
        """
        other = asked.compare_with
        record = self._campaigns.read(other) if other is not None else None
        if other is not None and (not isinstance(record, dict) or record["owner"] != g.owner):
            raise Problem("invalid-query", "compare_with: no campaign of yours has this id.")
        if isinstance(record, dict) and "records" in record:
            detail = "compare_with: that campaign is over decision records, not over a portfolio."
            raise Problem("invalid-query", detail)
        if isinstance(record, dict) and "filed" not in record:
            raise Problem("invalid-query", "compare_with: that campaign has no results yet.")
        return asked

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._free.acquire(blocking=False):
            raise Problem("overloaded", "Too many portfolios are being sent; try again later.")
        try:
            yield
        finally:
            self._free.release()


@contextmanager
def _cleaned(folder: CampaignFolder) -> Iterator[None]:
    """Leave nothing of a portfolio that was not taken."""
    try:
        yield
    except OSError as error:
        shutil.rmtree(folder.path, ignore_errors=True)
        detail = f"The portfolio could not be stored ({error.strerror}); nothing was accepted."
        raise Problem("storage-unavailable", detail) from error
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise


def _look(folder: CampaignFolder, asked: Options) -> None:
    """Find the columns.

    Raises:
        Problem: invalid-portfolio.
    """
    try:
        read_layout(folder.portfolio, asked, packed=is_gzip(folder.portfolio))
    except PortfolioError as error:
        raise _refused("", error.code, error.detail) from None


def _refused(pointer: str, code: str, detail: str) -> Problem:
    return Problem("invalid-portfolio", detail, [Fault(pointer, code, detail)])
