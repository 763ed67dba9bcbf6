"""The report of monitoring."""

from api.contract.schema import COUNT, NUMBER, SHARE, TEXT, TIME, Schema, listed, nullable, shown
from protocol.stability import Level

_LEVEL: Schema = {"enum": [level.value for level in Level]}
_PSI = nullable(NUMBER | {"minimum": 0})
_INTERVAL = listed(SHARE, minItems=2, maxItems=2)
_TESTED: dict[str, Schema] = {"p_value": nullable(SHARE), "level": _LEVEL}
_RATE: dict[str, Schema] = {
    "count": COUNT,
    "of": COUNT,
    "share": nullable(SHARE),
    "interval": nullable(_INTERVAL),
    **_TESTED,
}
_DISTRIBUTION: dict[str, Schema] = {
    "edges": listed(NUMBER),
    "below": COUNT,
    "counts": listed(COUNT),
    "above": COUNT,
    "trained": listed(COUNT),
    "psi": _PSI,
    "values": COUNT,
    "psi_by_chance": _PSI,
    "bins": COUNT,
    **_TESTED,
}
_DRIFTED: dict[str, Schema] = {
    **_DISTRIBUTION,
    "constant": shown({"value": nullable(NUMBER), "share": SHARE, **_TESTED}),
    "missing": shown(_RATE),
    "out_of_range": shown(_RATE),
}
_DEFAULTS: dict[str, Schema] = {
    "scores": COUNT,
    "defaults": COUNT,
    "expected": NUMBER,
    "share": SHARE,
    "expected_share": SHARE,
    "interval": _INTERVAL,
    "p_value": SHARE,
}
_GROUPS: Schema = {
    "type": "object",
    "additionalProperties": shown(_DEFAULTS | {"level": _LEVEL}),
}
_FIGURES = dict.fromkeys(("auc", "brier", "log_loss"), nullable(NUMBER))
_MEASURED = shown(
    {
        **_DEFAULTS,
        **_FIGURES,
        "auc_interval": nullable(_INTERVAL),
        "trained": shown(_FIGURES),
        "grades": _GROUPS,
        "vintages": _GROUPS,
    }
)
_DAY: Schema = {"type": "string", "format": "date"}
_DAYS = shown({"from": _DAY, "to": _DAY})
_LIMITS = shown({"watch": NUMBER, "moved": NUMBER})
_MONITORED: dict[str, Schema] = {
    "name": TEXT,
    "version": TEXT,
    "digest": TEXT,
    "scored": COUNT,
    "erased": COUNT,
    "score": shown(_DISTRIBUTION),
    "fields": {"type": "object", "additionalProperties": shown(_DRIFTED)},
    "outcomes": nullable(_MEASURED),
}
REPORT: Schema = shown(
    {
        "made_at": TIME,
        "archive": shown({"seq": COUNT, "link": TEXT}),
        "window": _DAYS,
        "thresholds": shown(
            {
                "psi": _LIMITS,
                "share": _LIMITS,
                "false_alarms": shown({"rate": SHARE, "tests": COUNT, "each": SHARE}),
            }
        ),
        "level": _LEVEL,
        "alarms": listed(
            shown(
                {
                    **dict.fromkeys(("model", "about", "name", "rule"), TEXT),
                    "level": _LEVEL,
                    "value": NUMBER,
                    "p_value": SHARE,
                }
            )
        ),
        "models": listed(shown(_MONITORED)),
        "refused": nullable(
            shown(
                {
                    "applications": COUNT,
                    "of": COUNT,
                    "fields": {
                        "type": "object",
                        "additionalProperties": shown(
                            {"missing": shown(_RATE), "invalid": shown(_RATE)}
                        ),
                    },
                }
            )
        ),
        "not_kept": {"type": "object", "additionalProperties": COUNT},
        "outcomes": shown(
            {"window": _DAYS, "received": COUNT, "unmatched": COUNT, "erased": COUNT}
        ),
    }
) | {"description": "See docs/monitoring.md."}
