"""Fetching what a campaign is over into its folder, once: a file at a URI, or decision records."""

import hashlib
import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from portfolio.options import PortfolioError
from protocol.durable import replacing
from protocol.folder import CampaignFolder
from protocol.ledger import Record
from protocol.population import Population
from protocol.settings import Settings
from protocol.source import Source, SourceError, find
from records.folder import ArchiveError, Folder
from worker.campaigns import local_file, s3_object
from worker.campaigns.input_errors import Withdrawn
from worker.replay.export import export

log = logging.getLogger("loanscore.worker")
#: What is noted in the campaign's record.
Found = dict[str, str | int]
#: Holds the step for another lease, notes fields in the record; False: no longer held or wanted.
Renew = Callable[[Mapping[str, str | int]], bool]


def is_fetched(record: Record) -> bool:
    """Tell whether nothing was stored when a campaign was created."""
    return "uri" in record or "records" in record


def fetch(folder: CampaignFolder, record: Record, settings: Settings, renew: Renew) -> str:
    """Copy what the record's `uri` or `records` name, and note it before it is in place.

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
    with replacing(folder.portfolio) as beside:
        if "records" in record:
            found = _exported(record, settings, beside, renew)
        else:
            blocks = _blocks(_source(record, settings), settings.upload_limit_bytes)
            with beside.open("wb") as file, closing(blocks):
                found = _copy(blocks, file, renew)
        _held(renew(found))
    return str(found["sha256"])


def _exported(record: Record, settings: Settings, path: Path, renew: Renew) -> Found:
    population = Population.model_validate_json(record["records"])
    archive = Folder(settings.records_folder)
    try:
        head = export(archive, record["owner"], population, path, lambda: _held(renew({})))
    except ArchiveError as error:
        # Its text names a file of ours.
        log.error("decision records cannot be read: %s", error)  # noqa: TRY400
        raise PortfolioError(
            "records-unreadable",
            "The archive of decision records is damaged; mend it (loanscore records verify names"
            " the place), then resume.",
        ) from None
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    return {"bytes": size, "sha256": sha256, "head_seq": head.seq, "head_link": head.link}


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


def _copy(blocks: Iterator[bytes], file: BinaryIO, renew: Renew) -> Found:
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
