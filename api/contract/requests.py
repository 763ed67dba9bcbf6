"""The bodies of requests."""

import json

from api import override_body, submission
from api.contract.schema import SCORE_ID, TEXT, Schema, nullable, ref, spelled, taken
from protocol import destination
from protocol.application import EXAMPLE, FIELDS
from protocol.policy import DECISIONS
from protocol.schema import Field

#: A URL `destination.read` takes on sight. It takes public addresses too; to name them all here
#: would help nobody.
_PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_URL = (
    rf"^https://([A-Za-z0-9_-]+\.)*[A-Za-z][A-Za-z0-9_-]*(:{_PORT})?"
    r"([/?][!$-;=?-Z\[\]_a-z~]*)?$"
)


def _field(field: Field) -> Schema:
    description = f"{field.description.capitalize()} ({field.unit})."
    return {
        "type": field.kind,
        "minimum": field.low,
        "maximum": field.high,
        "description": description,
    }


_OWN = {
    "reference": nullable({"type": "string", "pattern": submission.REFERENCE})
    | {"description": "The caller's own name for it, given back as it is."},
    "metadata": nullable(
        {
            "type": "object",
            "maxProperties": submission.METADATA_ENTRIES,
            "patternProperties": {
                submission.METADATA_KEY: {"type": "string", "maxLength": submission.METADATA_VALUE}
            },
            "additionalProperties": False,
        }
    )
    | {"description": "The caller's own notes, given back as they are."},
}
_DEADLINE = nullable(
    {"type": "integer", "minimum": 1, "maximum": submission.LONGEST_DEADLINE_S}
) | {"description": "Seconds; what is not scored by then expires."}
_MANY: Schema = {"type": "array", "minItems": 1, "maxItems": submission.MOST_ITEMS}
_ITEM = {"application": EXAMPLE._asdict(), "reference": "LOS-4711"}
_URL_EXAMPLE = {"url": "https://los.example.com/loanscore"}

_NOTE: Schema = {
    "type": "string",
    "maxLength": override_body.NOTE_LENGTH,
    "pattern": override_body.NOTE,
    "description": "Why, in the person's own words; it is erased with the applicant's record.",
}
_DECISION: Schema = {"enum": ["approve", "decline"]}
_REASON: Schema = {
    "type": "string",
    "pattern": override_body.CODE,
    "description": "A code of `/v1/override-reasons` that gives grounds for the decision.",
}

_OUTCOME: dict[str, Schema] = {
    "id": SCORE_ID | {"description": "Of a score; one that only the archive has is right, too."},
    "defaulted": {"type": "boolean"},
    "observed_on": {
        "type": "string",
        "format": "date",
        "description": "The day on which this was so; of several outcomes the latest counts.",
    },
}
_OUTCOME_EXAMPLE = {
    "id": SCORE_ID["examples"][0],
    "defaulted": False,
    "observed_on": "2026-06-30",
}

_CSV = "\n".join([",".join(EXAMPLE._fields), ",".join(map(str, EXAMPLE)), ""])


def _portfolio(what: str, *examples: str) -> Schema:
    said = f"The file, {what}, as it is or compressed by gzip, with a column of each field."
    schema = {"type": "string", "description": said}
    return schema | ({"examples": list(examples)} if examples else {})


_KEPT = spelled("sha256:[0-9a-f]{64}", "sha256:" + "5e" * 32)
_CUT_OFF = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}

_DAY = nullable({"type": "string", "format": "date", "examples": ["2026-01-31"]})

SCHEMAS: dict[str, Schema] = {
    "Under": taken(
        {},
        model=nullable(_KEPT) | {"description": "Digest of a model; left out: the recorded one."},
        policy=nullable(_KEPT) | {"description": "Digest of a policy; left out: the recorded one."},
        cut_offs=nullable(taken({"approve_below": _CUT_OFF, "decline_above": _CUT_OFF}))
        | {"description": "In place of the policy's; the first is not above the second."},
    )
    | {"examples": [{}, {"cut_offs": {"approve_below": 0.03, "decline_above": 0.15}}]},
    "Application": taken({field.name: _field(field) for field in FIELDS})
    | {"examples": [EXAMPLE._asdict()]},
    "Item": taken({"application": ref("Application")}, **_OWN) | {"examples": [_ITEM]},
    "Submission": taken({"application": ref("Application")}, **_OWN, deadline_s=_DEADLINE)
    | {"examples": [_ITEM | {"metadata": {"branch": "14"}}]},
    "BatchSubmission": {
        "oneOf": [ref("WholeBatch"), ref("PartialBatch")],
        "examples": [{"items": [_ITEM]}],
    },
    "WholeBatch": taken(
        {"items": _MANY | {"items": ref("Item")}},
        on_invalid={"const": "reject", "default": "reject"},
        deadline_s=_DEADLINE,
    )
    | {"description": "One invalid item refuses the batch."},
    "PartialBatch": taken(
        {"items": _MANY | {"contains": ref("Item")}, "on_invalid": {"const": "skip"}},
        deadline_s=_DEADLINE,
    )
    | {"description": "Invalid items are left out and named in the answer; one must be valid."},
    "OverrideRequest": taken({"decision": _DECISION, "reason": _REASON, "note": _NOTE})
    | {
        "examples": [
            {"decision": "approve", "reason": "GUARANTOR", "note": "Her employer stands surety."}
        ]
    },
    "SecondPerson": taken({"note": _NOTE})
    | {"examples": [{"note": "Surety seen, of sufficient standing."}]},
    "Outcomes": taken({"items": _MANY | {"items": taken(_OUTCOME)}})
    | {"examples": [{"items": [_OUTCOME_EXAMPLE]}]},
    "CsvPortfolio": _portfolio("CSV with a header line", _CSV),
    "NdjsonPortfolio": _portfolio("one JSON object a line", json.dumps(EXAMPLE._asdict()) + "\n"),
    "ParquetPortfolio": _portfolio("Parquet"),
    "PortfolioUri": taken({"input": taken({"uri": TEXT})})
    | {
        "description": "Where the file is, below a prefix that the operator allows this client.",
        "examples": [{"input": {"uri": "s3://bank-portfolios/acme/book-2026.csv"}}],
    },
    "Population": taken(
        {},
        **{"from": _DAY, "to": _DAY},
        id=nullable(SCORE_ID),
        reference=nullable({"type": "string", "minLength": 1, "maxLength": 64}),
        decision=nullable({"enum": list(DECISIONS)}),
    )
    | {"description": "What the records have in common; the days are those of becoming final."},
    "ArchivedDecisions": taken({"input": taken({"records": ref("Population")})}, under=ref("Under"))
    | {
        "description": "Decisions from the archive, to be decided again.",
        "examples": [{"input": {"records": {"from": "2026-01-01"}}, "under": {}}],
    },
    "NamedPortfolio": {"oneOf": [ref("PortfolioUri"), ref("ArchivedDecisions")]},
    "PortfolioForm": taken({"file": {"type": "string", "contentMediaType": "text/csv"}})
    | {"description": "The file alone; its name tells the format unless `format` does."},
    "WebhookUrl": taken(
        {
            "url": {
                "type": "string",
                "maxLength": destination.LONGEST,
                "pattern": _URL,
                "description": "A host that is public at the time it is called.",
            }
        }
    )
    | {"examples": [_URL_EXAMPLE]},
}
