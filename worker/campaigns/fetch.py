"""Fetching a portfolio that was named by a URI into its campaign's folder, once."""

import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from typing import BinaryIO

from portfolio.options import PortfolioError
from protocol.durable import replacing
from protocol.folder import CampaignFolder
from protocol.ledger import Record
from protocol.settings import Settings
from protocol.source import Source, SourceError, find
from worker.campaigns import local_file, s3_object
from worker.campaigns.input_errors import Withdrawn

#: Holds the step for another lease, notes fields in the record; False: no longer held or wanted.
Renew = Callable[[Mapping[str, str | int]], bool]


def fetch(folder: CampaignFolder, record: Record, settings: Settings, renew: Renew) -> str:
    """Copy what the record's `uri` names, and note its size and digest before it is in place.

    So whenever the portfolio is there, the record says what was fetched: it may be unpacked
    afterwards.

    Args:
        folder: gets the portfolio.
        record: of the campaign.
        settings: what may be fetched, and how much.
        renew: called with each block.
    Returns:
        The sha256 of what was fetched, 64 hex digits.
    Raises:
        PortfolioError: it cannot be fetched, or is no longer allowed.
        InputAway: it cannot be fetched now.
        Withdrawn: nobody wants it any more.
        OSError: it could not be written.
    """
    blocks = _blocks(_source(record, settings), settings.upload_limit_bytes)
    with replacing(folder.portfolio) as beside:
        with beside.open("wb") as file, closing(blocks):
            found = _copy(blocks, file, renew)
        _held(renew(found))
    return str(found["sha256"])


def _source(record: Record, settings: Settings) -> Source:
    try:
        return find(record["uri"], settings.campaign_prefixes, record["owner"])
    except SourceError:
        raise PortfolioError(
            "input-refused",
            "The campaign workers may not fetch from the URI: LOANSCORE_CAMPAIGN_PREFIXES must be"
            " the same for them and the API; correct it, then resume.",
        ) from None


def _blocks(source: Source, most: int) -> Generator[bytes, None, None]:
    read = s3_object.blocks if source.prefix.startswith("s3:") else local_file.blocks
    return read(source, most)


def _copy(blocks: Iterator[bytes], file: BinaryIO, renew: Renew) -> dict[str, str | int]:
    size, digest = 0, hashlib.sha256()
    for block in blocks:
        file.write(block)
        digest.update(block)
        size += len(block)
        _held(renew({}))
    return {"bytes": size, "sha256": digest.hexdigest()}


def _held(still: bool) -> None:
    if not still:
        raise Withdrawn("the step is another's, or nobody wants it any more")
