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
    Operation(
        "GET",
        "/v1/monitoring",
        "getMonitoring",
        "How far applicants have moved from training, and how right the model was",
        "Monitoring",
        "monitoring:read",
        {200: Answer("The newest report.", "MonitoringReport")},
        ("not-found", "storage-unavailable"),
    ),
    Operation(
        "GET",
        "/v1/monitoring.svg",
        "getMonitoringPicture",
        "Fetch what the report says of a model as a picture",
        "Monitoring",
        "monitoring:read",
        {200: Answer("SVG.", None, ("Content-Security-Policy",), ("image/svg+xml",))},
        ("not-found", "storage-unavailable"),
        ("model",),
    ),
]
