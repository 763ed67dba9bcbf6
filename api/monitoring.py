"""`/v1/monitoring`: the newest report of monitoring, and its picture.

A campaign worker makes it (`worker.campaigns.monitor`) and keeps it below the storage folder
(`protocol.monitoring`); nothing is computed here.
"""

from typing import Any

from flask import Blueprint, Response, request

from api import acceptance
from api.campaigns.files import POLICY
from api.keys import Keys
from api.pictures.monitoring import monitoring_svg
from api.problems import Problem
from protocol.monitoring import Reports
from protocol.settings import Settings


def blueprint(keys: Keys, settings: Settings) -> Blueprint:
    """Build the two routes."""
    routes = Blueprint("monitoring", __name__, url_prefix="/v1")
    reports = Reports(settings.storage_folder)

    @routes.get("/monitoring")
    @keys.requires("monitoring:read")
    def report() -> Response:
        return acceptance.as_json(_newest(reports))

    @routes.get("/monitoring.svg")
    @keys.requires("monitoring:read")
    def picture() -> Response:
        found = _newest(reports)
        drawn = monitoring_svg(found, _model(found, request.args.get("model")))
        response = Response(drawn, mimetype="image/svg+xml")
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return routes


def _newest(reports: Reports) -> dict[str, Any]:
    try:
        found = reports.newest()
    except (OSError, ValueError) as error:
        detail = "The report cannot be read; ask again when the storage is there."
        raise Problem("storage-unavailable", detail) from error
    if found is None:
        raise Problem("not-found", "No campaign worker has made a report yet.")
    return found


def _model(report: dict[str, Any], digest: str | None) -> dict[str, Any]:
    """Find a model in a report; without a digest the one that scored most."""
    models: list[dict[str, Any]] = report["models"]
    found = (model for model in models if digest in {None, model["digest"]})
    model = next(found, None)
    if model is None:
        raise Problem("not-found", "The report has no such model.")
    return model
