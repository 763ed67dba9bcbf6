"""Take a portfolio in: store it, look at its header, and only then let it be accepted."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from flask import request

from api.campaigns import options
from api.campaigns.upload import receive_form, receive_raw
from api.problems import Fault, Problem
from portfolio.layout import read_layout
from portfolio.options import Options, PortfolioError
from portfolio.packed import is_gzip
from protocol.folder import CampaignFolder
from protocol.settings import Settings


class Taken(NamedTuple):
    """A portfolio that can be accepted."""

    options: Options
    name: str | None
    #: as it was sent
    bytes: int
    #: 64 hex digits
    sha256: str

    def fields(self) -> dict[str, str | int]:
        """Give what the campaign's record says of it."""
        own = {"name": self.name} if self.name is not None else {}
        options = self.options.model_dump_json()
        return {"options": options, "bytes": self.bytes, "sha256": self.sha256, **own}

    def meaning(self) -> dict[str, object]:
        """Give what makes a repeated request the same one."""
        return {
            "options": json.loads(self.options.model_dump_json()),
            "name": self.name,
            "sha256": self.sha256,
        }


class Intake:
    """Receives portfolios, a few at a time: each holds one of the API's threads.

    Args:
        settings: where they go, how large and how many at once.
    """

    def __init__(self, settings: Settings) -> None:
        self._storage = settings.storage_folder
        self._most = settings.upload_limit_bytes
        self._free = threading.BoundedSemaphore(settings.api_uploads)

    def folder(self, campaign: str) -> CampaignFolder:
        """Give the folder of a campaign."""
        return CampaignFolder.of(self._storage, campaign)

    def take(self, campaign: str) -> Taken:
        """Store the current request's portfolio in the folder of a campaign to be.

        Raises:
            Problem: malformed-body, invalid-query, unsupported-media-type, invalid-portfolio,
                overloaded or storage-unavailable; nothing is left behind.
            RequestEntityTooLarge: above LOANSCORE_UPLOAD_LIMIT_BYTES.
        """
        folder = self.folder(campaign)
        with self._slot(), _cleaned(folder):
            return self._taken(folder)

    def discard(self, campaign: str) -> None:
        """Remove what was stored, because it was not accepted."""
        shutil.rmtree(self.folder(campaign).path, ignore_errors=True)

    def _taken(self, folder: CampaignFolder) -> Taken:
        name = options.name()
        if request.mimetype == "multipart/form-data":
            read: list[Options] = []
            received = receive_form(
                folder, self._most, lambda file: read.append(options.read(options.of_file(file)))
            )
            (asked,) = read
        elif request.mimetype in options.FORMATS:
            asked = options.read(options.FORMATS[request.mimetype])
            received = receive_raw(folder, self._most)
        else:
            known = ", ".join(options.FORMATS)
            raise Problem(
                "unsupported-media-type", f"Send Content-Type {known} or multipart/form-data."
            )
        _look(folder, asked)
        return Taken(asked, name, received.bytes, received.sha256)

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
        fault = Fault("", error.code, error.detail)
        raise Problem("invalid-portfolio", error.detail, [fault]) from None
