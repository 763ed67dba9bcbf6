"""The challenger in the shade."""

from api.contract.operation import Answer, Operation
from api.contract.schema import (
    COUNT,
    NUMBER,
    SHARE,
    TEXT,
    TIME,
    Schema,
    listed,
    nullable,
    ref,
    shown,
)
from protocol.policy import DECISIONS

OPERATIONS = [
    Operation(
        "GET",
        "/v1/challengers/current",
        "getChallengerReport",
        "What the challenger would have said, compared with the champion's decisions",
        "Models",
        "admin",
        {200: Answer("The newest report, over the decisions of all clients.", "ChallengerReport")},
        ("not-found",),
    ),
]

_INTERVAL = listed(NUMBER, minItems=2, maxItems=2)
_DIFFERENCE: dict[str, Schema] = {
    **dict.fromkeys(("champion", "challenger", "absolute"), SHARE),
    **dict.fromkeys(("difference", "lowest", "highest"), NUMBER),
    "interval": nullable(_INTERVAL),
    "quantiles": {"type": "object", "additionalProperties": NUMBER},
}
_COMPARED: dict[str, Schema] = {
    "compared": COUNT,
    "pd": nullable(ref("PdDifference")),
    "decisions": ref("DecisionMoves"),
    **dict.fromkeys(("flips", "first_reason", "first_reason_by_rule"), ref("CountedShare")),
}
#: Bodies of answers, beside those of `api.contract.answers`.
SCHEMAS: dict[str, Schema] = {
    "ChallengerReport": shown(
        {
            "at": TIME,
            "challenger": ref("Model"),
            "champion": nullable(TEXT),
            "policies": listed(TEXT),
            **dict.fromkeys(("from", "to"), nullable(TEXT)),
            "of_other_champions": COUNT,
            "decisions": COUNT,
            "left_out": {"type": "object", "additionalProperties": COUNT},
            "all": shown(_COMPARED),
            "grades": listed(shown({"grade": TEXT, **_COMPARED})),
        }
    ),
    "PdDifference": shown(_DIFFERENCE)
    | {"description": "The challenger's pd less the champion's."},
    "DecisionMoves": shown(dict.fromkeys(DECISIONS, shown(dict.fromkeys(DECISIONS, COUNT))))
    | {"description": "How many, by the champion's decision and below it by the challenger's."},
    "CountedShare": shown(
        {"count": COUNT, "of": COUNT, "share": nullable(SHARE), "interval": nullable(_INTERVAL)}
    ),
}
