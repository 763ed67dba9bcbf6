"""Scores and batches of them."""

from api.contract.operation import BODY, Answer, Operation

_SUBMISSION = (
    *BODY,
    "invalid-header",
    "invalid-application",
    "idempotency-key-reused",
    "overloaded",
)
_FOUND = ("not-found", "gone")
_SUBMITTED = ("Location", "Idempotency-Replayed", "Preference-Applied")
_POLLED = ("Retry-After-Unless-Final", "Preference-Applied")


def _jobs(path: str, noun: str, schema: str, body: str, accepted: str) -> list[Operation]:
    """Give the four operations that scores and batches have in common."""
    one = f"{path}/{{{noun}_id}}"
    name = "ScoreBatch" if noun == "batch" else "Score"
    tag = "Batches" if noun == "batch" else "Scores"
    ids = {
        f"{verb}{name}": (f"{noun}_id", "$response.body#/id") for verb in ("get", "cancel", "erase")
    }
    if noun == "score":
        ids |= dict.fromkeys(
            ("overrideScore", "listScoreOverrides"), ("score_id", "$response.body#/id")
        )
    final = Answer(f"The {noun}, final.", schema, _SUBMITTED, links=ids)
    queued = Answer("Accepted.", accepted, (*_SUBMITTED, "Retry-After"), links=ids)
    state = Answer(f"The {noun} as it is now.", schema, _POLLED)
    ended = Answer(f"The {noun}, cancelled.", schema)
    erased = Answer("Erased; from now on it answers 410.", media=())
    asks = ("Prefer", "Idempotency-Key")
    return [
        Operation(
            "POST",
            path,
            f"submit{name}",
            f"Submit a {noun}",
            tag,
            "scores:write",
            {200: final, 202: queued},
            _SUBMISSION,
            asks,
            body,
        ),
        Operation(
            "GET",
            one,
            f"get{name}",
            f"Read a {noun}",
            tag,
            "scores:read",
            {200: state},
            _FOUND,
            ("Prefer",),
        ),
        Operation(
            "POST",
            f"{one}/cancel",
            f"cancel{name}",
            f"Cancel a {noun} that is not final",
            tag,
            "scores:write",
            {200: ended},
            (*_FOUND, "already-final"),
        ),
        Operation(
            "DELETE",
            one,
            f"erase{name}",
            f"Erase a {noun}",
            tag,
            "scores:write",
            {204: erased},
            _FOUND,
        ),
    ]


OPERATIONS = [
    *_jobs("/v1/scores", "score", "Score", "Submission", "Accepted"),
    Operation(
        "GET",
        "/v1/scores/{score_id}/what-if",
        "askWhatIf",
        "Find the smallest change that reaches approval",
        "Scores",
        "scores:read",
        {200: Answer("What a worker found just now.", "WhatIf")},
        (*_FOUND, "state-conflict", "overloaded"),
    ),
    Operation(
        "POST",
        "/v1/scores/{score_id}/replay",
        "replayScore",
        "Decide a score again",
        "Scores",
        "scores:read",
        {200: Answer("What a worker found just now.", "Replay")},
        (*_FOUND, *BODY, "invalid-application", "state-conflict", "not-kept", "overloaded"),
        body="Under",
        body_required=False,
    ),
    *_jobs("/v1/score-batches", "batch", "Batch", "BatchSubmission", "AcceptedBatch"),
]
