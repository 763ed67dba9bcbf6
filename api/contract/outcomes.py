"""Outcomes, and what they and the archive say of the model."""

from api.contract.operation import BODY, Answer, Operation

OPERATIONS = [
    Operation(
        "POST",
        "/v1/outcomes",
        "recordOutcomes",
        "Say of scored applications whether the loan defaulted",
        "Monitoring",
        "outcomes:write",
        {202: Answer("All of them are on record.", "RecordedOutcomes")},
        (*BODY, "invalid-outcome", "overloaded"),
        (),
        "Outcomes",
    ),
]
