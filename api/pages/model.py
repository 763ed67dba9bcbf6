"""`/model`: which model makes the scores, as a scorecard; its card has all the rest."""

import math

from flask import Response, make_response, render_template
from flask_babel import lazy_gettext

from api.models import Current
from api.pages.site import Site
from api.pages.words import LABELS

#: Columns of the model that are no field of an application.
RATIOS = {"lti": lazy_gettext("Loan to income"), "dti": lazy_gettext("Debt to income")}
#: Metrics shown, in this order, of those that the manifest has.
METRICS = (
    "accuracy",
    "precision",
    "recall",
    "f1",
    "roc_auc",
    "gini",
    "ks",
    "brier",
    "log_loss",
    "cv_log_loss",
)


def add_to(site: Site, current: Current, pdo: float) -> None:
    """Add the routes.

    Args:
        site: to add them to.
        current: tells which model it is.
        pdo: points that double the odds, of the policy.
    """

    @site.pages.get("/model")
    @site.guard.requires("scores:read")
    def model() -> Response:
        document = current.document()
        measured = document["metrics"]
        shown = render_template(
            "model.html",
            model=document,
            named=LABELS | RATIOS,
            metrics=[(name, measured[name]) for name in METRICS if name in measured],
            points={name: -points(beta, pdo) for name, beta in document["coefficients"].items()},
        )
        return make_response(shown)

    @site.pages.get("/model/card")
    @site.guard.requires("scores:read")
    def card() -> Response:
        return current.card()


def points(log_odds: float, pdo: float) -> float:
    """Give the points that a change of the log-odds of default costs.

    >>> round(points(math.log(2), 20), 9)
    20.0
    """
    return log_odds * pdo / math.log(2)
