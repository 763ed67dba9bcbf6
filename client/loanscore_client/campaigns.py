"""Campaigns: send a portfolio of millions of rows, watch it being scored, fetch the files."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import urlencode

from loanscore_client.campaign import Campaign, campaign
from loanscore_client.documents import maybe, text
from loanscore_client.download import Download, Fetched
from loanscore_client.errors import StillRunning
from loanscore_client.jobs import Jobs, idempotency_key, read_answer
from loanscore_client.options import CONTENT_TYPES, Options, checked, format_of, query
from loanscore_client.replay import under
from loanscore_client.transport import Request, Transport
from loanscore_client.upload import Sent, Source, Upload, opened

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from typing_extensions import Unpack

    from loanscore_client.answers import Accepted
    from loanscore_client.documents import Document
    from loanscore_client.retries import Clock

CAMPAIGNS = "/v1/campaigns"
#: The first pause between two looks at a campaign, s; each next is half as long again.
LOOK_S = 0.25
#: The longest one, s, where the service does not ask for a longer one.
LOOK_CAP_S = 2.0
#: How long `wait` waits for the files of a campaign that is over, s: a worker writes them, and when
#: none lives nobody does.
FILES_S = 60.0
#: Campaigns asked for at a time.
PAGE = 100

_KIND = re.compile(r"[a-z]+(\.[a-z]+)?")
#: Told after each look.
Looked = Callable[[Campaign], None]


class Campaigns:
    """The campaigns of one service; reached as `Client.campaigns`.

    Args:
        transport: sends the calls.
        clock: measures the waiting.
    """

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        self._jobs = Jobs(transport, clock, CAMPAIGNS, campaign)

    def create(
        self,
        portfolio: Source | None = None,
        *,
        uri: str | None = None,
        idempotency_key: str | None = None,
        sent: Sent | None = None,
        **options: Unpack[Options],
    ) -> Accepted:
        """Send a portfolio, or name where it lies, and return with the campaign's id.

        A file is sent as it is read, without a limit on the time it takes; when the connection
        breaks it is sent again from the start, unless it is a stream that cannot be rewound.

        Args:
            portfolio: path, or a file open for bytes, which is read from where it stands and left
                open; it may be compressed with gzip.
            uri: s3://... or file:///..., below a prefix the service's operator allows; instead of
                `portfolio`.
            idempotency_key: as in `Client.create`.
            sent: told at the start and after each block: bytes so far, and in all or None.
            options: see `Options`.
        Raises:
            Invalid: the options, or the portfolio's first look, have faults, each in `errors`.
            KeyReused: the key was used for another portfolio or other options.
            OSError: the file cannot be read.
            ValueError: both or none of portfolio and uri, or the format cannot be told.
            TypeError: there is no such option, or the file is open for text.
        """
        if (portfolio is None) is (uri is None):
            raise ValueError("give either a portfolio or its uri")
        given = checked(options)
        if portfolio is None:
            return self._jobs.send(_named(str(uri), given, idempotency_key))
        with opened(portfolio) as file:
            named = given.pop("format", None) or format_of(str(getattr(file, "name", "")))
            if named not in CONTENT_TYPES:
                raise ValueError("format must be csv, ndjson or parquet")
            request = _streamed(Upload(file, sent), named, given, idempotency_key)
            return self._jobs.send(request)

    def get(self, campaign_id: str) -> Campaign:
        """Look at a campaign, final or not.

        Raises:
            NotFound: it never was, or is not yours.
            Gone: it was erased, or kept for its time.
        """
        return self._jobs.get(campaign_id, 0)

    def replay(  # noqa: PLR0913 - all of them names with a default
        self,
        *,
        first: str | None = None,
        last: str | None = None,
        score_id: str | None = None,
        reference: str | None = None,
        decision: str | None = None,
        model: str | None = None,
        policy: str | None = None,
        cut_offs: Mapping[str, float] | None = None,
        output: str | None = None,
        name: str | None = None,
        idempotency_key: str | None = None,
    ) -> Accepted:
        """Have archived decisions of yours decided again, and return with the campaign's id.

        Args:
            first: YYYY-MM-DD, the first day on which they became final, UTC; None: from the start.
            last: the last day, likewise; None: to the end.
            score_id: sc_..., of one alone.
            reference: yours.
            decision: approve, review or decline, as it was.
            model: digest of the model to decide by; None: that which serves.
            policy: likewise.
            cut_offs: `approve_below` and `decline_above`, in place of the policy's.
            output: format of the results: csv, ndjson or parquet.
            name: your own label.
            idempotency_key: as in `Client.create`.
        Raises:
            Invalid: one of them is not what it should be.
            KeyReused: the key was used for something else.
        """
        asked = {
            "from": first,
            "to": last,
            "id": score_id,
            "reference": reference,
            "decision": decision,
        }
        records = {part: value for part, value in asked.items() if value is not None}
        body = {"input": {"records": records}, "under": under(model, policy, cut_offs)}
        options = checked({"output": output, "name": name})
        return self._jobs.send(_spoken(body, options, idempotency_key))

    def list(self) -> Iterator[Campaign]:
        """Give all campaigns, the newest first; asks for the next page when it is needed."""
        after: str | None = None
        while True:
            asked = {"limit": str(PAGE)} | ({"cursor": after} if after else {})
            answer = self._transport.call(Request("GET", f"{CAMPAIGNS}?{urlencode(asked)}"))
            items, after = read_answer(_page, answer)
            yield from items
            if after is None:
                return

    def wait(
        self, campaign_id: str, wait_s: float | None = None, looked: Looked | None = None
    ) -> Campaign:
        """Wait until a campaign is final and its files are there.

        It looks often at first, then every 2 s, or as the service asks.

        Args:
            campaign_id: ca_...
            wait_s: how long to wait, s; None: as long as it takes.
            looked: told after each look how far it is.
        Returns:
            The campaign; without files when they could not be written, or are not there a minute
            after its end.
        Raises:
            StillRunning: the time is up; the campaign goes on.
            NotFound, Gone: as in `get`.
        """
        ends = self._clock.monotonic() + (math.inf if wait_s is None else wait_s)
        files_by: float | None = None
        pause_s = LOOK_S
        while True:
            answer = self._transport.call(Request("GET", self._jobs.place(campaign_id)))
            found = read_answer(campaign, answer)
            if looked:
                looked(found)
            now = self._clock.monotonic()
            if found.final:
                files_by = min(ends, now + FILES_S) if files_by is None else files_by
                if found.files or answer.retry_after_s is None or now >= files_by:
                    return found
            elif now >= ends:
                raise StillRunning(campaign_id, answer.request_id)
            self._clock.sleep(min(max(pause_s, answer.retry_after_s or 0), ends - now))
            pause_s = min(LOOK_CAP_S, pause_s * 1.5)

    def cancel(self, campaign_id: str) -> Campaign:
        """Cancel a campaign; what is scored is kept, and its files are written.

        Raises:
            Conflict: it was final before.
            NotFound, Gone: as in `get`.
        """
        return self._jobs.turn(campaign_id, "cancel")

    def pause(self, campaign_id: str) -> Campaign:
        """Pause a campaign; chunks that are being scored are finished.

        Raises:
            Conflict: its state does not allow it.
            NotFound, Gone: as in `get`.
        """
        return self._jobs.turn(campaign_id, "pause")

    def resume(self, campaign_id: str) -> Campaign:
        """Go on with a paused or failed campaign; what is done is not done again; as `pause`."""
        return self._jobs.turn(campaign_id, "resume")

    def erase(self, campaign_id: str) -> None:
        """Erase a campaign with its portfolio and files; again: nothing happens.

        Raises:
            NotFound: it never was, or is not yours.
        """
        self._jobs.erase(campaign_id)

    def summary(self, campaign_id: str) -> dict[str, Any]:
        """Read the summary of a campaign that is over.

        Raises:
            Conflict: it is not there yet.
            NotFound, Gone: as in `get`.
        """
        return self._transport.call(
            Request("GET", self._jobs.place(campaign_id) + "/summary")
        ).document

    def download(
        self,
        campaign_id: str,
        kind: str,
        to: str | os.PathLike[str],
        fetched: Fetched | None = None,
    ) -> Path:
        """Fetch a file of a campaign and check it by its SHA-256.

        What has come lies in `<name>.part` until it is whole; the same call again goes on there. A
        file that is here already is not fetched again. The time it takes has no limit.

        Args:
            campaign_id: ca_...
            kind: results, errors, unprocessed, summary, reconciliation or summary.svg.
            to: the file, which is replaced; or a folder, for results.csv and the like in it.
            fetched: told at the start and after each block: bytes that are here, and in all.
        Returns:
            Where it is.
        Raises:
            Conflict: it is not there yet.
            Damaged: what came is not what the service has; it was thrown away.
            OSError: it cannot be written.
            ValueError: there is no such kind.
            NotFound, Gone: as in `get`.
        """
        if not _KIND.fullmatch(kind):
            raise ValueError("there is no such file")
        place = f"{self._jobs.place(campaign_id)}/{kind}"
        return Download(self._transport, place, kind, Path(to), fetched).run()


def _named(uri: str, options: dict[str, Any], key: str | None) -> Request:
    options = {"format": options.pop("format", None) or format_of(uri), **options}
    return _spoken({"input": {"uri": uri}}, options, key)


def _spoken(body: Document, options: dict[str, Any], key: str | None) -> Request:
    written = json.dumps(body, allow_nan=False).encode()
    return Request("POST", _asked(options), written, idempotency_key(key))


def _streamed(upload: Upload, named: str, options: dict[str, Any], key: str | None) -> Request:
    key = idempotency_key(key)
    if upload.form:
        asked = _asked({"format": named, **options})
        return Request("POST", asked, upload, key, content_type=upload.form)
    return Request("POST", _asked(options), upload, key, content_type=CONTENT_TYPES[named])


def _asked(options: dict[str, Any]) -> str:
    written = query(options)
    return f"{CAMPAIGNS}?{written}" if written else CAMPAIGNS


def _page(document: Document) -> tuple[tuple[Campaign, ...], str | None]:
    return tuple(campaign(item) for item in document["items"]), maybe(text, document["next"])
