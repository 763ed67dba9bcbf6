"""The stored portfolio: still what was sent, and unpacked when it was compressed."""

import hashlib

from portfolio.options import PortfolioError
from portfolio.packed import is_gzip
from protocol.durable import written
from protocol.folder import CampaignFolder
from worker.bulk import gzipped


def changed() -> PortfolioError:
    """Say that the stored portfolio is no longer what was sent."""
    return PortfolioError(
        "input-changed",
        "the stored portfolio was changed after it was sent; create a new campaign",
    )


def prove(folder: CampaignFolder, sha256: str) -> None:
    """Make sure that the portfolio is what was sent, or what was unpacked of it.

    An attempt that was cut short may have unpacked it.

    Args:
        folder: has the portfolio.
        sha256: of what was sent, 64 hex digits.
    Raises:
        PortfolioError: it has changed.
        OSError: it cannot be read.
    """
    known = {sha256}
    if folder.unpacked.exists():
        known.add(folder.unpacked.read_text())
    with folder.portfolio.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() not in known:
            raise changed()


def unpack(folder: CampaignFolder, sha256: str, most: int) -> None:
    """Unpack the portfolio if it is compressed, and note its digest before it is in place.

    Args:
        folder: has the portfolio.
        sha256: of what was sent, 64 hex digits.
        most: bytes it may have unpacked.
    Raises:
        PortfolioError: it has changed, or cannot be unpacked.
        OSError: it could not be written.
    """
    if is_gzip(folder.portfolio):
        prove(folder, sha256)
        gzipped.unpack(folder.portfolio, folder.portfolio, most, lambda found: _note(folder, found))


def _note(folder: CampaignFolder, sha256: str) -> None:
    with written(folder.unpacked) as file:
        file.write(sha256.encode())
