"""What the service answers about campaigns, as frozen dataclasses, and how its JSON becomes one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loanscore_client.documents import Document, failure, maybe, model, moment, text

if TYPE_CHECKING:
    from datetime import datetime

    from loanscore_client.answers import Failure, Model

#: A campaign in one of these goes on, or waits to; in any other it is over, though a failed one can
#: be resumed once its cause is mended.
OPEN = frozenset({"queued", "validating", "running", "finalizing", "paused"})


@dataclass(frozen=True)
class Portfolio:
    """What was sent, or fetched from a URI."""

    #: csv, ndjson or parquet
    format: str
    #: None until it was fetched
    bytes: int | None
    #: sha256:... of the bytes; None until they were fetched
    sha256: str | None


@dataclass(frozen=True)
class Rows:
    """What became of the rows: total = scored + invalid + unprocessed."""

    #: None until they were counted, like `unprocessed`
    total: int | None
    scored: int
    invalid: int
    unprocessed: int | None


@dataclass(frozen=True)
class Chunks:
    """The shares a campaign is worked off in."""

    #: None until it is planned
    total: int | None
    done: int
    #: those that ended every worker that tried
    given_up: int


@dataclass(frozen=True)
class Progress:
    """How far a campaign is."""

    #: 0 to 1
    share: float
    #: None before the first chunk
    rows_per_s: float | None
    #: seconds that are left at this rate; None: not known
    eta_s: float | None


@dataclass(frozen=True)
class Campaign:
    """One rescoring of a whole portfolio."""

    #: ca_...
    id: str
    #: the caller's own
    name: str | None
    #: queued, validating, running, finalizing, paused, succeeded, failed or cancelled
    status: str
    input: Portfolio
    counts: Rows
    chunks: Chunks
    progress: Progress
    #: None until it is planned; from then on the same to the end, like the policy
    model: Model | None
    policy: str | None
    #: why it failed
    error: Failure | None
    #: kind -> path of the files that are there; they are written once it is final
    files: dict[str, str]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    #: as the service sent it, with what this version of the package does not know
    document: Document = field(repr=False, compare=False)

    @property
    def final(self) -> bool:
        """Whether it is over; its files may come a moment later."""
        return self.status not in OPEN


def campaign(document: Document) -> Campaign:
    """Read a campaign.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is not one.
    """
    return Campaign(
        id=text(document["id"]),
        name=maybe(text, document["name"]),
        status=text(document["status"]),
        **_work(document),
        model=maybe(model, document["model"]),
        policy=maybe(text, document["policy"]),
        error=maybe(failure, document["error"]),
        files={kind: text(path) for kind, path in document["files"].items()},
        created_at=moment(document["created_at"]),
        started_at=maybe(moment, document["started_at"]),
        finished_at=maybe(moment, document["finished_at"]),
        document=document,
    )


def _work(document: Document) -> dict[str, Any]:
    sent, rows = document["input"], document["counts"]
    chunks, progress = document["chunks"], document["progress"]
    return {
        "input": Portfolio(
            text(sent["format"]), maybe(int, sent["bytes"]), maybe(text, sent["sha256"])
        ),
        "counts": Rows(
            maybe(int, rows["total"]),
            int(rows["scored"]),
            int(rows["invalid"]),
            maybe(int, rows["unprocessed"]),
        ),
        "chunks": Chunks(maybe(int, chunks["total"]), int(chunks["done"]), int(chunks["given_up"])),
        "progress": Progress(
            float(progress["share"]),
            maybe(float, progress["rows_per_s"]),
            maybe(float, progress["eta_s"]),
        ),
    }
