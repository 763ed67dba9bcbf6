"""Overrides."""

from api.contract.operation import BODY, Answer, Operation

_FOUND = ("not-found", "gone")
_OF_SCORE = "/v1/scores/{score_id}/overrides"
_ONE = "/v1/overrides/{override_id}"


def _settle(verb: str, summary: str, answer: str) -> Operation:
    return Operation(
        "POST",
        f"{_ONE}/{verb}",
        f"{verb}Override",
        summary,
        "Overrides",
        "overrides:approve",
        {200: Answer(answer, "Override")},
        (*BODY, *_FOUND, "invalid-override", "second-person-required", "state-conflict"),
        (),
        "SecondPerson",
    )


OPERATIONS = [
    Operation(
        "POST",
        _OF_SCORE,
        "overrideScore",
        "Override the decision of a score; above a set exposure a second person must approve",
        "Overrides",
        "overrides:write",
        {
            201: Answer(
                "In force, or awaiting approval.",
                "Override",
                ("Location", "Idempotency-Replayed"),
                links=dict.fromkeys(
                    ("getOverride", "approveOverride", "rejectOverride"),
                    ("override_id", "$response.body#/id"),
                ),
            )
        },
        (
            *BODY,
            *_FOUND,
            "invalid-header",
            "invalid-override",
            "idempotency-key-reused",
            "state-conflict",
        ),
        ("Idempotency-Key",),
        "OverrideRequest",
    ),
    Operation(
        "GET",
        _OF_SCORE,
        "listScoreOverrides",
        "List all overrides of a score, the oldest first",
        "Overrides",
        "scores:read",
        {
            200: Answer(
                "All of them, also those that were rejected or superseded.", "ScoreOverrides"
            )
        },
        _FOUND,
    ),
    Operation(
        "GET",
        "/v1/overrides",
        "listOverrides",
        "List overrides that wait for a second person, the newest first",
        "Overrides",
        "scores:read",
        {
            200: Answer(
                "One page.",
                "Overrides",
                links={"getOverride": ("override_id", "$response.body#/items/0/id")},
            )
        },
        ("invalid-query",),
        ("state", "limit", "cursor"),
    ),
    Operation(
        "GET",
        _ONE,
        "getOverride",
        "Read an override",
        "Overrides",
        "scores:read",
        {200: Answer("The override as it is now.", "Override")},
        _FOUND,
    ),
    _settle("approve", "Approve an override that another person asked for", "It is in force."),
    _settle("reject", "Reject an override that another person asked for", "It is rejected."),
    Operation(
        "GET",
        "/v1/override-reasons",
        "listOverrideReasons",
        "List the reasons that the policy in force has for overriding",
        "Overrides",
        "scores:read",
        {200: Answer("All of them.", "OverrideReasons")},
    ),
]
