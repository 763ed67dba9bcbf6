"""The bodies of answers."""

from typing import get_args

from api.campaigns.document import STATES
from api.campaigns.files import KINDS
from api.contract.report import REPORT
from api.contract.requests import SCHEMAS as REQUESTS
from api.contract.schema import (
    BATCH_ID,
    CAMPAIGN_ID,
    COUNT,
    CURSOR,
    NUMBER,
    OVERRIDE_ID,
    SCORE_ID,
    SHA256,
    SHARE,
    TEXT,
    TIME,
    WEBHOOK_ID,
    Schema,
    listed,
    nullable,
    ref,
    shown,
    spelled,
)
from api.problems import PROBLEMS
from portfolio.options import Format
from protocol.application import FIELDS
from protocol.overrides import State as OverrideState
from protocol.overrides import Verdict
from protocol.parcel import Outcome
from protocol.policy import DECISIONS
from protocol.settings import Durability
from protocol.states import State

#: What a caller sees of a job: "dead" is the operator's word for failed.
_DECISIONS = list(DECISIONS)
_STATUSES = [state.value for state in State if state != State.DEAD]
_OUTCOME = {
    "reference": REQUESTS["Item"]["properties"]["reference"],
    "metadata": REQUESTS["Item"]["properties"]["metadata"],
    "result": nullable(ref("Result")),
    "model": nullable(ref("Model")),
    "error": nullable(ref("Error")),
}
_TIMES = {"created_at": TIME, "finished_at": nullable(TIME)}
_REDRIVEN = shown({"self": TEXT}, redriven_as=TEXT)
_POLICY = {
    "version": TEXT,
    "digest": TEXT,
    "approve_below": SHARE,
    "decline_above": SHARE,
    "reference": shown({"name": TEXT, "digest": TEXT}),
}
_REASON = {
    "code": TEXT,
    "field": {"enum": [field.name for field in FIELDS]},
    "points_lost": NUMBER | {"minimum": 0},
    "text": shown({"en": TEXT, "fr": TEXT}),
}
_WARNING = {"code": TEXT, "field": TEXT, "trained_low": NUMBER, "trained_high": NUMBER}
_RESULT = {
    "pd": SHARE | {"description": "Probability of default."},
    "points": {"type": "integer", "description": "Scorecard points; safer is higher."},
    "grade": TEXT,
    "decision": {"enum": _DECISIONS},
    "policy": shown(_POLICY),
    "reasons": listed(shown(_REASON), maxItems=4),
    "expected_loss": NUMBER | {"minimum": 0},
    "warnings": listed(shown(_WARNING), maxItems=len(FIELDS)),
}
#: What a score comes to, of an application as it is or changed.
_VERDICT = {name: _RESULT[name] for name in ("pd", "points", "grade", "decision")}
_CHANGE = {
    "field": {"enum": [field.name for field in FIELDS]},
    "from": NUMBER,
    "to": NUMBER,
    "steps": {"type": "integer", "minimum": 1},
}
_WHAT_IF = {
    "id": SCORE_ID,
    **_VERDICT,
    "approval": {"enum": ["given", "within-reach", "out-of-reach"]},
    "changes": listed(shown(_CHANGE | _VERDICT), maxItems=len(FIELDS)),
    "joint": nullable(
        shown(
            {
                "changes": listed(shown(_CHANGE), minItems=1, maxItems=len(FIELDS)),
                "steps": {"type": "integer", "minimum": 1},
                **_VERDICT,
            }
        )
    ),
    "policy": shown(_POLICY),
    "model": ref("Model"),
}
_DECIDED = shown({"model": ref("Model"), "result": ref("Result")})
_CAUSES = (
    "model-not-kept",
    "policy-not-kept",
    "other-libraries",
    "model-damaged",
    "policy-damaged",
    "other-answer",
)
_REPLAY = {
    "id": SCORE_ID,
    "verdict": {"enum": ["identical", "changed-by-model", "changed-by-policy", "unreproducible"]},
    "reproduced": {"type": "boolean"},
    "cause": nullable({"enum": list(_CAUSES)}),
    "changed": listed({"enum": [name for name in _RESULT if name != "policy"]}),
    "recorded": _DECIDED,
    "replayed": nullable(_DECIDED),
}
_WORDS = shown({"en": TEXT, "fr": TEXT})
_OVERRIDING = {"version": TEXT, "digest": TEXT, "second_person_above": NUMBER | {"minimum": 0}}
_OVERRIDE = {
    "id": OVERRIDE_ID,
    "state": {"enum": [state.value for state in OverrideState]},
    "decision": {"enum": ["approve", "decline"]},
    "before": {"enum": _DECISIONS, "description": "The decision in force when it was asked for."},
    "scored": {"enum": _DECISIONS, "description": "The score's own."},
    "direction": {"enum": ["low-side", "high-side", "from-review", "restored"]},
    "reason": shown({"code": TEXT, "text": _WORDS}),
    "note": TEXT,
    "actor": TEXT | {"description": "Who asked for it: the id of an API key, or person:<name>."},
    "second_person": nullable(
        shown(
            {
                "verdict": {"enum": [verdict.value for verdict in Verdict]},
                "actor": TEXT,
                "note": TEXT,
                "at": TIME,
            }
        )
    ),
    "policy": shown(_OVERRIDING),
    "superseded_by": nullable(OVERRIDE_ID),
    "created_at": TIME,
    "in_force_at": nullable(TIME),
    "links": shown({"self": TEXT, "score": TEXT}),
}
_OVERRIDE_REASON = {
    "code": TEXT,
    "decision": {"enum": ["any", "approve", "decline"]},
    "text": _WORDS,
}
_DELIVERY = {
    "event": TEXT,
    "about": TEXT,
    "attempt": {"type": "integer", "minimum": 1},
    "at": TIME,
    "outcome": {"enum": [outcome.value for outcome in Outcome]},
    "type": TEXT,
    "status": nullable({"type": "integer"}),
    "error": nullable(TEXT),
    "ms": COUNT,
}
_WEBHOOK = {
    "id": WEBHOOK_ID,
    "url": TEXT,
    "status": {"enum": ["active", "disabled"]},
    "created_at": TIME,
    "disabled_at": nullable(TIME),
    "dropped": COUNT,
    "links": shown({"deliveries": TEXT}),
}
_SECRET = spelled("whsec_[A-Za-z0-9+/=]+", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
_DEAD = {
    "id": SCORE_ID,
    "owner": TEXT,
    "attempts": COUNT,
    **_TIMES,
    "redriven_as": nullable(SCORE_ID),
    "links": _REDRIVEN,
}
_COUNTS = dict.fromkeys(("total", "scored", "invalid", "failed", "unprocessed"), COUNT)
_HEALTH = {
    "redis": {"enum": ["ok", "failing"]},
    "workers": COUNT,
    "campaign_workers": COUNT,
    "models": listed(TEXT),
}
_DURABILITY = {"enum": [*get_args(Durability), "aof", "unknown"]}
_PROBLEM = {
    "type": TEXT | {"description": "urn:loanscore:problem: and the code."},
    "title": TEXT,
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
    "detail": TEXT,
    "instance": TEXT | {"description": "The path asked for."},
    "code": {"enum": list(PROBLEMS)},
    "request_id": TEXT | {"description": "As in X-Request-Id."},
}

_CAMPAIGN = {
    "id": CAMPAIGN_ID,
    "name": nullable(TEXT),
    "status": {"enum": list(STATES)},
    "input": shown(
        {
            "format": {"enum": list(get_args(Format))},
            "bytes": nullable(COUNT),
            "sha256": nullable(SHA256),
        },
        records=ref("Population"),
    ),
    "counts": shown(
        {
            "total": nullable(COUNT) | {"description": "Rows; null until they are counted."},
            "scored": COUNT,
            "invalid": COUNT,
            "unprocessed": nullable(COUNT),
        }
    ),
    "chunks": shown(dict.fromkeys(("total", "done", "given_up"), COUNT)),
    "progress": shown({"share": SHARE, "rows_per_s": nullable(NUMBER), "eta_s": nullable(COUNT)}),
    "model": nullable(ref("Model")),
    "policy": nullable(TEXT),
    "error": nullable(shown({"code": TEXT, "detail": TEXT})),
    "files": shown({}, **dict.fromkeys(KINDS, TEXT)),
    "created_at": TIME,
    "started_at": nullable(TIME),
    "finished_at": nullable(TIME),
    "links": shown({"self": TEXT}),
}

_PROMOTION: dict[str, Schema] = {
    "number": {"type": "integer", "minimum": 1},
    "action": {"enum": ["promote", "rollback"]},
    "at": TEXT,
    "by": TEXT,
    "note": nullable(TEXT),
    "forced": {"type": "boolean"},
    "gates": listed(shown({"name": TEXT, "passed": {"type": "boolean"}, "found": TEXT})),
}
_FIELD: dict[str, Schema] = {
    "name": {"enum": [field.name for field in FIELDS]},
    "kind": {"enum": ["integer", "number"]},
    "unit": TEXT,
    **dict.fromkeys(("low", "high", "trained_low", "trained_high"), NUMBER),
}
_REFERENCE: dict[str, Schema] = {"about": TEXT, "digest": TEXT, "applicants": COUNT}
_TRAINING = {
    "data_sha256": TEXT,
    "rows": COUNT,
    "defaults": COUNT,
    "seed": {"type": "integer"},
    "mlflow_run_id": TEXT,
}
_CURRENT_MODEL: dict[str, Schema] = {
    "name": TEXT,
    "version": TEXT,
    "digest": TEXT,
    "created_at": TIME,
    "serving": listed(shown({"digest": TEXT, "workers": COUNT})),
    "promotions": listed(shown(_PROMOTION)),
    "fields": listed(shown(_FIELD), minItems=len(FIELDS), maxItems=len(FIELDS)),
    "intercept": NUMBER,
    "coefficients": {"type": "object", "additionalProperties": NUMBER},
    "references": {"type": "object", "additionalProperties": shown(_REFERENCE)},
    "metrics": {"type": "object", "additionalProperties": NUMBER},
    "training": shown(_TRAINING),
    "libraries": {"type": "object", "additionalProperties": TEXT},
    "links": shown({"self": TEXT, "schema": TEXT, "card": TEXT}),
}

SCHEMAS: dict[str, Schema] = {
    "Accepted": shown(
        {"id": SCORE_ID, "status": {"const": "queued"}, "links": shown({"self": TEXT})}
    ),
    "AcceptedBatch": shown(
        {"id": BATCH_ID, "status": {"const": "queued"}, "links": shown({"self": TEXT})}
    ),
    "Score": shown(
        {
            "id": SCORE_ID,
            "status": {"enum": _STATUSES},
            **_OUTCOME,
            "decision_in_force": nullable({"enum": _DECISIONS})
            | {"description": "The score's own, or that of the override in force."},
            "override": nullable(ref("Override"))
            | {"description": "The one that waits, else the one in force."},
            **_TIMES,
            "links": _REDRIVEN,
        }
    ),
    "Batch": shown(
        {
            "id": BATCH_ID,
            "status": {"enum": _STATUSES},
            "counts": shown(_COUNTS),
            "items": listed(ref("BatchItem"), minItems=1),
            **_TIMES,
            "links": shown({"self": TEXT}),
        }
    ),
    "BatchItem": shown(
        {
            "index": COUNT,
            "id": nullable(SCORE_ID),
            "status": {"enum": [*_STATUSES, "invalid", "gone"]},
            **_OUTCOME,
        }
    ),
    "Result": shown(_RESULT),
    "WhatIf": shown(_WHAT_IF),
    "Replay": shown(_REPLAY),
    "Override": shown(_OVERRIDE),
    "Overrides": shown({"items": listed(ref("Override")), "next": nullable(CURSOR)}),
    "ScoreOverrides": shown({"items": listed(ref("Override"))}),
    "OverrideReasons": shown(
        {"items": listed(shown(_OVERRIDE_REASON)), "policy": shown(_OVERRIDING)}
    ),
    "RecordedOutcomes": shown({"accepted": COUNT, "repeated": COUNT})
    | {"description": "New records, and outcomes that were on record already."},
    "MonitoringReport": REPORT,
    "CurrentModel": shown(_CURRENT_MODEL),
    "JsonSchema": {"type": "object", "description": "JSON Schema 2020-12."},
    "Model": shown({"name": TEXT, "version": TEXT, "digest": TEXT}),
    "Fault": shown(
        {
            "pointer": TEXT | {"description": "JSON Pointer (RFC 6901) into the body."},
            "code": TEXT,
            "detail": TEXT,
        }
    ),
    "Error": shown({"code": TEXT, "detail": TEXT}, errors=listed(ref("Fault"))),
    "AcceptedCampaign": shown(
        {"id": CAMPAIGN_ID, "status": {"const": "queued"}, "links": shown({"self": TEXT})}
    ),
    "Campaign": shown(_CAMPAIGN, under=ref("Under")),
    "Campaigns": shown({"items": listed(ref("Campaign")), "next": nullable(CURSOR)}),
    "Summary": {"type": "object", "description": "See docs/campaigns.md."},
    "Reconciliation": {"type": "object", "description": "See docs/campaigns.md."},
    "DeadLetter": shown(_DEAD),
    "DeadLetters": shown({"items": listed(ref("DeadLetter")), "next": nullable(CURSOR)}),
    "Webhook": shown(_WEBHOOK),
    "Webhooks": shown({"webhooks": listed(ref("Webhook"))}),
    "NewWebhook": shown(_WEBHOOK | {"secret": _SECRET}),
    "Secret": shown({"id": WEBHOOK_ID, "secret": _SECRET}),
    "Ping": shown({"id": TEXT, "type": {"const": "ping"}, "links": shown({"deliveries": TEXT})}),
    "Deliveries": shown({"deliveries": listed(shown(_DELIVERY))}),
    "Alive": shown({"status": {"const": "ok"}}),
    "Ready": shown({"status": {"const": "ok"}, **_HEALTH, "durability": _DURABILITY}),
    "Contract": shown({"openapi": {"const": "3.1.1"}, "info": {}, "paths": {}})
    | {"additionalProperties": True},
    "Problem": shown(_PROBLEM, errors=listed(ref("Fault"))),
    "NotReady": shown(_PROBLEM | _HEALTH, durability=_DURABILITY),
}
