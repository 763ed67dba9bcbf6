"""`/v1/challengers/current`: what the model in the shade would have said, beside the champion.

The newest report that a campaign worker wrote (`worker.challenger.shade`); nothing is counted here.
"""

from flask import Blueprint, Response

from api.keys import Keys
from api.problems import Problem
from protocol.settings import Settings


def blueprint(keys: Keys, settings: Settings) -> Blueprint:
    """Build the route.

    Args:
        keys: who may ask: it counts the decisions of all clients.
        settings: where the report is.
    """
    challengers = Blueprint("challengers", __name__, url_prefix="/v1/challengers/current")

    @challengers.get("")
    @keys.requires("admin")
    def show() -> Response:
        try:
            report = settings.shade_report.read_bytes()
        except FileNotFoundError:
            raise Problem("not-found", "No challenger has scored yet.") from None
        except OSError as error:
            raise Problem("unavailable", "The report cannot be read.") from error
        return Response(report, mimetype="application/json")

    return challengers
