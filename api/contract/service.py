"""What needs no key: whether the service lives, and this contract."""

from api.contract.operation import Answer, Operation
from api.docs import FILES

OPERATIONS = [
    Operation(
        "GET",
        "/livez",
        "isAlive",
        "Whether this process answers",
        "Service",
        None,
        {200: Answer("It does.", "Alive")},
    ),
    Operation(
        "GET",
        "/readyz",
        "isReady",
        "Whether an application sent now would be scored",
        "Service",
        None,
        {200: Answer("It would.", "Ready")},
        ("not-ready",),
    ),
    Operation(
        "GET",
        "/openapi.json",
        "getContract",
        "This document",
        "Service",
        None,
        {200: Answer("OpenAPI 3.1.", "Contract")},
    ),
    Operation(
        "GET",
        "/docs",
        "getDocs",
        "This document as a page",
        "Service",
        None,
        {200: Answer("The page.", None, ("Content-Security-Policy",), ("text/html",))},
    ),
    Operation(
        "GET",
        "/docs/{file}",
        "getDocsFile",
        "A part of that page",
        "Service",
        None,
        {200: Answer("The part.", media=tuple(sorted(set(FILES.values()))))},
        ("not-found",),
    ),
]
