"""The model that makes the scores."""

from api.contract.operation import Answer, Operation

_PATH = "/v1/models/current"

OPERATIONS = [
    Operation(
        "GET",
        _PATH,
        "getCurrentModel",
        "Which model makes the scores, how it was measured, who promoted it",
        "Models",
        "scores:read",
        {200: Answer("The champion, or what the workers serve.", "CurrentModel")},
    ),
    Operation(
        "GET",
        f"{_PATH}/schema",
        "getApplicationSchema",
        "What an application consists of, as JSON Schema",
        "Models",
        "scores:read",
        {200: Answer("The schema.", "JsonSchema", media=("application/schema+json",))},
    ),
    Operation(
        "GET",
        f"{_PATH}/card",
        "getModelCard",
        "The card of that model, a page for people",
        "Models",
        "scores:read",
        {200: Answer("The page.", None, ("Content-Security-Policy",), ("text/html",))},
        ("not-found",),
    ),
]
