"""The storage folder: writable, with locks and links, the one that Redis knows the files of."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import redis

from cli.checkup.finding import Finding, fault, ok, unseen, warn
from protocol import names
from protocol.folder import CampaignFolder
from protocol.settings import Settings

#: Less free than this leaves no room for one portfolio and its results, bytes.
ROOM = 8 << 30


def findings(settings: Settings, client: redis.Redis | None) -> Iterator[Finding]:
    """Look at the folder, and compare it with what Redis says lies in it.

    Args:
        settings: where it is.
        client: of that Redis; None when it does not answer.
    """
    folder = settings.storage_folder
    if not folder.is_dir():
        yield fault("storage", f"no folder {folder}; mount it or correct LOANSCORE_STORAGE_DIR")
        return
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            Path(f"{file.name}.link").hardlink_to(file.name)
            Path(f"{file.name}.link").unlink()
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        yield fault(
            "storage",
            f"{folder}: {error.strerror}; it must be a folder with links and locks that this user"
            " may write, EFS for instance",
        )
        return
    yield ok("storage", f"{folder}: files, links and locks")
    free = shutil.disk_usage(folder).free
    text = f"{free >> 30} GiB are free"
    yield ok("space", text) if free >= ROOM else warn("space", f"{text}; make more room")
    yield _same(settings, client)


def _same(settings: Settings, client: redis.Redis | None) -> Finding:
    what = "same folder"
    if client is None:
        return unseen(what, "Redis was not asked")
    try:
        kept = [str(campaign) for campaign in client.zrange(names.CAMPAIGNS, 0, 99)]
        archived = bool(client.exists(names.ARCHIVE))
    except redis.RedisError as error:
        return unseen(what, type(error).__name__)
    folders = [CampaignFolder.of(settings.storage_folder, campaign).path for campaign in kept]
    records = settings.records_folder
    if archived and not (records.is_dir() and any(records.iterdir())):
        return fault(what, f"{records} has none of the archived records; mount the right volume")
    if folders and not any(path.is_dir() for path in folders):
        return fault(
            what,
            f"none of {len(folders)} campaigns that Redis knows lies in {settings.storage_folder};"
            " mount the volume of the API and the workers",
        )
    if not (archived or folders):
        return unseen(what, "Redis knows of no file yet")
    return ok(what, "what Redis knows of lies in it")
