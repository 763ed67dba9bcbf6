"""Where the model is fetched from when a worker starts: a folder in S3, or a store that speaks so.

Credentials, region and endpoint come from the usual AWS variables or the role of the machine. What
was fetched is verified like any artefact (`worker.model`); until then it is only bytes.
"""

from contextlib import suppress
from pathlib import Path

from protocol.artefact import MANIFEST_FILE, MODEL_FILE
from protocol.durable import written
from protocol.errors import ArtefactError
from protocol.kept import FOR_PEOPLE

#: Neither file of an artefact is larger, bytes; the model of today has 3,000.
MOST = 64 << 20


def fetch_model(uri: str, folder: Path) -> None:
    """Copy an artefact's two files into a folder, and what it has for people.

    Args:
        uri: `s3://bucket/path/` of the folder that training exported.
        folder: gets the files; made when it is not there.
    Raises:
        ArtefactError: a file is not there, not readable or too large, or the folder is not
            writable; the text names the file and what to do.
    """
    # Only who fetches from S3 waits for it: it takes longer to load than the worker.
    from aiohttp import ClientError  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    from s3fs import S3FileSystem  # noqa: PLC0415

    files = S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
    for name in (MODEL_FILE, MANIFEST_FILE):
        try:
            if files.size(uri + name) > MOST:
                raise ArtefactError(f"{uri}{name} has more than {MOST} bytes, so it is no model")
            folder.mkdir(parents=True, exist_ok=True)
            with written(folder / name) as file:
                file.write(files.cat_file(uri + name))
        except (OSError, BotoCoreError, ClientError) as error:
            raise ArtefactError(
                f"{uri}{name} could not be copied to {folder}: {type(error).__name__}; check"
                " LOANSCORE_MODEL_URI, the role's s3:GetObject there, and that LOANSCORE_MODEL_DIR"
                " is writable"
            ) from error
    for name in FOR_PEOPLE:
        (folder / name).unlink(missing_ok=True)  # of the model before
        # Who may not list a bucket is told of a file that is not there that it is forbidden.
        with suppress(OSError, BotoCoreError, ClientError), written(folder / name) as file:
            file.write(files.cat_file(uri + name))
