"""The files that pages load, each below its digest, so that a browser can keep it for good."""

import hashlib
from importlib.resources import files

from flask import Blueprint, Response, g

from api.problems import Problem

#: What is served of `api/static`, with its media type.
FILES = {
    "htmx.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "pages.css": "text/css",
    "pages.js": "text/javascript",
}
#: A browser keeps a file this long, s (a year): another version has another address.
_KEPT_S = 31_536_000


def add_to(pages: Blueprint) -> None:
    """Add the route, which needs no session, and give templates `asset(name)`, its path."""
    served = {name: files("api").joinpath("static", name).read_bytes() for name in FILES}
    paths = {name: f"/assets/{_digest(data)}/{name}" for name, data in served.items()}

    @pages.get("/assets/<digest>/<name>")
    def asset(digest: str, name: str) -> Response:
        if paths.get(name) != f"/assets/{digest}/{name}":
            raise Problem("not-found", "There is no such file.")
        g.kept = f"public, max-age={_KEPT_S}, immutable"
        return Response(served[name], mimetype=FILES[name])

    pages.add_app_template_global(paths.__getitem__, "asset")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
