"""The OpenAPI document: `python -m api.openapi > docs/openapi.json` writes it.

Put together from `api.contract`, which takes what it says from the code that answers: fields and
bounds, limits, problem codes, ids, scopes.
"""

import json
import re
import sys
from itertools import groupby
from typing import Any

from api.contract import (
    answers,
    campaigns,
    challengers,
    dead_letters,
    jobs,
    models,
    monitoring,
    overrides,
    requests,
    service,
    webhooks,
)
from api.contract.headers import ANSWERED, ASKED
from api.contract.operation import Answer, Operation
from api.problems import PROBLEMS
from protocol.key import SCOPES

VERSION = "0.1.0"
OPERATIONS = [
    operation
    for part in (
        jobs,
        models,
        challengers,
        overrides,
        monitoring,
        campaigns,
        dead_letters,
        webhooks,
        service,
    )
    for operation in part.OPERATIONS
]
#: Problems of every route, and of every route that needs a key.
EVERYWHERE = ("method-not-allowed", "internal-error")
WITH_KEY = ("unauthorized", "forbidden", "rate-limited", "unavailable")

_DESCRIPTION = """\
Submit loan applications, read their probability of default once a worker has scored them.
A submission is kept as soon as it is answered with 202; poll its Location, wait with `Prefer:
wait=N`, or have a webhook told. Whole portfolios are rescored by campaigns. Every error is a
problem document (RFC 9457) with a code that keeps its meaning; it repeats no value that was
sent."""

Document = dict[str, Any]


def document() -> Document:
    """Build the whole document, the same every time."""
    paths: Document = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "loanscore",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": requests.SCHEMAS | answers.SCHEMAS | challengers.SCHEMAS,
            "parameters": ASKED,
            "headers": ANSWERED,
            "securitySchemes": {"key": _key()},
        },
    }


def application() -> Document:
    """Give the JSON Schema of an application, for whoever makes or checks one."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "title": "Application", **requests.SCHEMAS["Application"]}


def _key() -> Document:
    return {
        "type": "http",
        "scheme": "bearer",
        "description": f"An API key; the scopes it may have are {', '.join(SCOPES)}.",
    }


def _operation(operation: Operation) -> Document:
    asked = [*re.findall(r"{(\w+)}", operation.path), *operation.asks, "X-Request-Id"]
    written: Document = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": [{"key": [operation.scope]}] if operation.scope else [],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in asked],
    }
    if operation.scope:
        written["description"] = f"Needs a key with the scope `{operation.scope}`."
    if operation.body:
        body = operation.body
        bodies = {"application/json": body} if isinstance(body, str) else body
        content = {media: _media(schema) for media, schema in bodies.items()}
        written["requestBody"] = {"required": operation.body_required, "content": content}
    given = {str(status): _answer(answer) for status, answer in operation.answers.items()}
    return written | {"responses": given | _problems(operation)}


def _answer(answer: Answer) -> Document:
    written: Document = {
        "description": answer.description,
        "headers": _headers(*answer.headers),
    }
    if answer.schema:
        written["content"] = {media: _media(answer.schema) for media in answer.media}
    elif answer.media:
        written["content"] = {media: {"schema": {"type": "string"}} for media in answer.media}
    if answer.links:
        written["links"] = {
            operation: {"operationId": operation, "parameters": {parameter: place}}
            for operation, (parameter, place) in answer.links.items()
        }
    return written


def _media(schema: str) -> Document:
    return {"schema": {"$ref": f"#/components/schemas/{schema}"}}


def _headers(*names: str) -> Document:
    return {
        re.sub("-Unless-.*", "", name): {"$ref": f"#/components/headers/{name}"}
        for name in ("X-Request-Id", *names)
    }


def _problems(operation: Operation) -> Document:
    """Describe the problem documents of an operation, one response a status."""
    codes = {*operation.codes, *EVERYWHERE, *(WITH_KEY if operation.scope else ())}
    known = [code for code in PROBLEMS if code in codes]
    statuses = groupby(sorted(known, key=_status), _status)
    return {str(status): _problem(status, list(same)) for status, same in statuses}


def _status(code: str) -> int:
    return PROBLEMS[code][0]


def _problem(status: int, codes: list[str]) -> Document:
    schema = "NotReady" if codes == ["not-ready"] else "Problem"
    narrowed = {"properties": {"status": {"const": status}, "code": {"enum": codes}}}
    titles = "; ".join(f"{code}: {PROBLEMS[code][1]}" for code in codes)
    content = {"schema": {"allOf": [{"$ref": f"#/components/schemas/{schema}"}, narrowed]}}
    return {
        "description": titles,
        "headers": _headers(*_HEADERS.get(status, ())),
        "content": {"application/problem+json": content},
    }


_HEADERS = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    416: ("Content-Range",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2) + "\n")
