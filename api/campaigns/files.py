"""The files of a campaign, whole; those that can be long also in parts."""

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from flask import Response, request
from werkzeug.wsgi import wrap_file

from api.pictures.style import STYLE
from api.pictures.summary import summary_svg
from api.problems import Problem
from protocol.folder import CampaignFolder
from protocol.joined import BLOCK
from protocol.ledger import Record

#: Kinds of files, in the order they are named.
KINDS = ("results", "errors", "unprocessed", "summary", "reconciliation")
#: Format -> media type and end of a file's name.
TYPES = {
    "csv": ("text/csv", "csv"),
    "ndjson": ("application/x-ndjson", "ndjson"),
    "parquet": ("application/vnd.apache.parquet", "parquet"),
    "json": ("application/json", "json"),
}


_STYLE = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
#: The picture has one style, no script, and asks nobody for anything.
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE}'; frame-ancestors 'none'"


class _Kind(NamedTuple):
    format: str
    #: 64 hex digits
    sha256: str


def there(folder: CampaignFolder, record: Record) -> list[str]:
    """Name the kinds that are there."""
    if "filed" not in record:
        return []
    return [kind for kind in KINDS if folder.file(kind).exists()]


def send(folder: CampaignFolder, record: Record, kind: str) -> Response:
    """Answer with a file: all of it, or the `Range` that was asked for.

    Raises:
        Problem: not-finished, not-found when this campaign has none of this kind, or
            storage-unavailable when it is not all there now.
    """
    _check(folder, record, kind)
    with _readable():
        found, file = _found(folder, record, kind), folder.open(kind)
    media, ending = TYPES[found.format]
    if found.format == "json":
        request.environ.pop("HTTP_RANGE", None)  # a part of a document is none
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    response = Response(
        wrap_file(request.environ, file, BLOCK), mimetype=media, direct_passthrough=True
    )
    name = f"{folder.path.name}-{kind}.{ending}"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Repr-Digest"] = _repr_digest(bytes.fromhex(found.sha256))
    response.cache_control.no_cache = True  # it is asked for anew, by its ETag
    response.content_length = size
    response.set_etag(found.sha256)
    response.make_conditional(request, accept_ranges=True, complete_length=size)
    return response


def picture(folder: CampaignFolder, record: Record, named: Mapping[str, str]) -> Response:
    """Answer with the summary as a picture, in the language in force.

    Args:
        folder: of the campaign.
        record: of the campaign.
        named: code -> what it is called; a code that is not there is shown as it is.
    Raises:
        Problem: as `send`.
    """
    _check(folder, record, "summary")
    with _readable():
        told = folder.file("summary").read_bytes()
    drawn = summary_svg(json.loads(told), named).encode()
    response = Response(drawn, mimetype="image/svg+xml")
    response.headers["Repr-Digest"] = _repr_digest(hashlib.sha256(drawn).digest())
    response.headers["Content-Security-Policy"] = POLICY
    return response


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        detail = f"The file cannot be read ({error.strerror}); ask again when the storage is there."
        raise Problem("storage-unavailable", detail) from error


def _repr_digest(sha256: bytes) -> str:
    return f"sha-256=:{base64.b64encode(sha256).decode()}:"


def _check(folder: CampaignFolder, record: Record, kind: str) -> None:
    if "filed" not in record:
        detail = f"The campaign is {record['state']}; its files are written when it is over."
        raise Problem("not-finished", detail)
    if not folder.file(kind).exists():
        raise Problem("not-found", "This campaign came to its end without such a file.")


def _found(folder: CampaignFolder, record: Record, kind: str) -> _Kind:
    reconciliation = folder.file("reconciliation").read_bytes()
    if kind == "reconciliation":
        return _Kind("json", hashlib.sha256(reconciliation).hexdigest())
    sha256 = json.loads(reconciliation)["files"][kind]["sha256"]
    options = json.loads(record["options"])
    formats = {"results": options["output"], "unprocessed": options["format"], "errors": "csv"}
    return _Kind(formats.get(kind, "json"), sha256)
