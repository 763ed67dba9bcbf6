"""Dead letters."""

from api.contract.operation import Answer, Operation

OPERATIONS = [
    Operation(
        "GET",
        "/v1/dead-letters",
        "listDeadLetters",
        "List scores given up after too many attempts, the newest first",
        "Dead letters",
        "admin",
        {
            200: Answer(
                "One page.",
                "DeadLetters",
                links={
                    "getDeadLetter": ("score_id", "$response.body#/items/0/id"),
                    "redriveDeadLetter": ("score_id", "$response.body#/items/0/id"),
                },
            )
        },
        ("invalid-query",),
        ("limit", "cursor"),
    ),
    Operation(
        "GET",
        "/v1/dead-letters/{score_id}",
        "getDeadLetter",
        "Read a dead letter",
        "Dead letters",
        "admin",
        {200: Answer("The dead letter, without the applicant's fields.", "DeadLetter")},
        ("not-found",),
    ),
    Operation(
        "POST",
        "/v1/dead-letters/{score_id}/redrive",
        "redriveDeadLetter",
        "Score a dead letter again, as a new score of the same client",
        "Dead letters",
        "admin",
        {202: Answer("The new score; asked again, the same one.", "Accepted")},
        ("not-found",),
    ),
]
