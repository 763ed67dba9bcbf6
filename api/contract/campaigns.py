"""Campaigns."""

from api.campaigns.files import KINDS, TYPES
from api.campaigns.options import FORMATS
from api.contract.operation import Answer, Operation
from portfolio.options import Options
from protocol.application import FIELDS

_ONE = "/v1/campaigns/{campaign_id}"
_FOUND = ("not-found", "gone")
#: Parameters of a submission's query.
OPTIONS = (
    *(name for name in Options.model_fields if name != "columns"),
    *(f"columns.{field.name}" for field in FIELDS),
    "name",
)
_IDS = dict.fromkeys(
    (
        *(f"{verb}Campaign" for verb in ("get", "pause", "resume", "cancel", "erase")),
        *(f"getCampaign{kind.capitalize()}" for kind in (*KINDS, "picture")),
    ),
    ("campaign_id", "$response.body#/id"),
)
_MEDIA = {
    "results": tuple(media for media, _ in TYPES.values() if media != "application/json"),
    "errors": ("text/csv",),
    "unprocessed": tuple(media for media, _ in TYPES.values() if media != "application/json"),
    "summary": ("application/json",),
    "reconciliation": ("application/json",),
}
_SUMMARIES = {
    "results": "Fetch the scores, one line a row, in input order",
    "errors": "Fetch the faults of the rows that could not be scored",
    "unprocessed": "Fetch the rows that were not tried, as they were sent",
    "summary": "Fetch the distribution of the scores and how far the portfolio has moved",
    "reconciliation": "Fetch the account of every row and file, with their digests",
}
_FILE = ("ETag", "Repr-Digest", "Content-Disposition")
_PICTURE = ("Repr-Digest", "Content-Security-Policy")


def _turn(verb: str, summary: str, code: str) -> Operation:
    return Operation(
        "POST",
        f"{_ONE}/{verb}",
        f"{verb}Campaign",
        summary,
        "Campaigns",
        "campaigns",
        {200: Answer("The campaign as it is now.", "Campaign", ("Retry-After-Unless-Settled",))},
        (*_FOUND, code),
    )


def _file(kind: str) -> Operation:
    schema = {"summary": "Summary", "reconciliation": "Reconciliation"}.get(kind)
    answers = {
        200: Answer("The file.", schema, _FILE, _MEDIA[kind]),
        304: Answer("It is the one whose ETag was sent.", headers=("ETag",), media=()),
    }
    codes: tuple[str, ...] = (*_FOUND, "not-finished", "storage-unavailable")
    asks: tuple[str, ...] = ("If-None-Match",)
    if schema is None:
        part = (*_FILE, "Accept-Ranges", "Content-Range")
        answers[206] = Answer("A part of it.", None, part, _MEDIA[kind])
        codes += ("range-not-satisfiable",)
        asks += ("Range", "If-Range")
    return Operation(
        "GET",
        f"{_ONE}/{kind}",
        f"getCampaign{kind.capitalize()}",
        _SUMMARIES[kind],
        "Campaigns",
        "campaigns",
        answers,
        codes,
        asks,
    )


OPERATIONS = [
    Operation(
        "POST",
        "/v1/campaigns",
        "submitCampaign",
        "Submit a portfolio to be scored",
        "Campaigns",
        "campaigns",
        {
            202: Answer(
                "Accepted: the portfolio is stored and its columns are found.",
                "AcceptedCampaign",
                ("Location", "Retry-After", "Idempotency-Replayed"),
                links=_IDS,
            )
        },
        (
            "malformed-body",
            "invalid-header",
            "invalid-query",
            "length-required",
            "body-too-large",
            "unsupported-media-type",
            "invalid-portfolio",
            "invalid-application",
            "idempotency-key-reused",
            "overloaded",
            "storage-unavailable",
        ),
        (*OPTIONS, "Idempotency-Key"),
        {media: f"{kind.capitalize()}Portfolio" for media, kind in FORMATS.items()}
        | {"multipart/form-data": "PortfolioForm", "application/json": "NamedPortfolio"},
    ),
    Operation(
        "GET",
        "/v1/campaigns",
        "listCampaigns",
        "List campaigns, the newest first",
        "Campaigns",
        "campaigns",
        {
            200: Answer(
                "One page.",
                "Campaigns",
                links={"getCampaign": ("campaign_id", "$response.body#/items/0/id")},
            )
        },
        ("invalid-query",),
        ("limit", "cursor"),
    ),
    Operation(
        "GET",
        _ONE,
        "getCampaign",
        "Read a campaign",
        "Campaigns",
        "campaigns",
        {200: Answer("The campaign as it is now.", "Campaign", ("Retry-After-Unless-Settled",))},
        _FOUND,
    ),
    _turn("pause", "Let a campaign rest after the chunks under way", "state-conflict"),
    _turn("resume", "Go on with a campaign that is paused or has failed", "state-conflict"),
    _turn("cancel", "Cancel a campaign that is not final", "already-final"),
    Operation(
        "DELETE",
        _ONE,
        "eraseCampaign",
        "Erase a campaign and all its files, whatever its state",
        "Campaigns",
        "campaigns",
        {204: Answer("Erased; from now on it answers 410.", media=())},
        _FOUND,
    ),
    *map(_file, KINDS),
    Operation(
        "GET",
        f"{_ONE}/summary.svg",
        "getCampaignPicture",
        "Fetch the summary as a picture",
        "Campaigns",
        "campaigns",
        {200: Answer("SVG.", None, _PICTURE, ("image/svg+xml",))},
        (*_FOUND, "not-finished", "storage-unavailable"),
    ),
]
