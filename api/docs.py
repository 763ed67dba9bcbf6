"""`/openapi.json` and `/docs`: the contract, for machines and for people.

The page and its viewer come from `api/static` and ask no other host for anything, so that they work
where the internet does not reach; the policy sent along makes the browser hold to it.
"""

import json
from importlib.resources import files

from flask import Blueprint, Response

from api.problems import Problem

#: What `/docs/<file>` serves, with its media type; the rest of `api/static` is not served.
FILES = {
    "docs.css": "text/css",
    "docs.js": "text/javascript",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
#: The viewer draws its icons from data: URLs; it needs no inline script, no inline style, no eval.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def blueprint(document: dict[str, object]) -> Blueprint:
    """Build the three routes; they need no key.

    Args:
        document: as `api.openapi.document` gives it.
    """
    docs = Blueprint("docs", __name__)
    text = json.dumps(document)
    served = {name: _static(name) for name in (*FILES, "docs.html")}

    @docs.get("/openapi.json")
    def contract() -> Response:
        return Response(text, mimetype="application/json")

    @docs.get("/docs")
    def page() -> Response:
        response = Response(served["docs.html"], mimetype="text/html")
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @docs.get("/docs/<file>")
    def part(file: str) -> Response:
        if file not in FILES:
            raise Problem("not-found", "The documentation has no such file.")
        return Response(served[file], mimetype=FILES[file])

    return docs


def _static(name: str) -> bytes:
    return files("api").joinpath("static", name).read_bytes()
