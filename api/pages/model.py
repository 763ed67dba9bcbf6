"""`/model`: which model makes the scores, as a scorecard, and what was measured of it."""

import math

from flask import Response, make_response, render_template
from flask_babel import lazy_gettext

from api.campaigns.files import POLICY
from api.models import Current
from api.pages import words
from api.pages.site import Site
from api.pictures.measured import calibration_svg, roc_svg
from api.problems import Problem

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
#: What the models that were compared are called.
MODELS = {
    "decision-tree": lazy_gettext("Decision tree"),
    "random-forest": lazy_gettext("Random forest"),
    "logistic-regression": lazy_gettext("Logistic regression"),
}
PICTURES = {"calibration": calibration_svg, "roc": roc_svg}


def add_to(site: Site, current: Current, pdo: float, mlflow_url: str | None) -> None:
    """Add the routes.

    Args:
        site: to add them to.
        current: tells which model it is.
        pdo: points that double the odds, of the policy.
        mlflow_url: where people find its training; None is nowhere.
    """

    @site.pages.get("/model")
    @site.guard.requires("scores:read")
    def model() -> Response:
        document, figures = current.measured()
        measured = document["metrics"]
        shown = render_template(
            "model.html",
            model=document,
            named=words.labels(),
            metrics=[(name, measured[name]) for name in METRICS if name in measured],
            points={name: -points(beta, pdo) for name, beta in document["coefficients"].items()},
            figures=figures,
            models=MODELS,
            mlflow=mlflow_url and _run(mlflow_url, document["training"]["mlflow_run_id"]),
        )
        return make_response(shown)

    @site.pages.get("/model/card")
    @site.guard.requires("scores:read")
    def card() -> Response:
        return current.card()

    @site.pages.get("/model/<name>.svg")
    @site.guard.requires("scores:read")
    def model_picture(name: str) -> Response:
        figures = current.figures()
        if figures is None or name not in PICTURES:
            raise Problem("not-found", "There is no such picture.")
        response = Response(PICTURES[name](figures), mimetype="image/svg+xml")
        response.headers["Content-Security-Policy"] = POLICY
        return response


def points(log_odds: float, pdo: float) -> float:
    """Give the points that a change of the log-odds of default costs.

    >>> round(points(math.log(2), 20), 9)
    20.0
    """
    return log_odds * pdo / math.log(2)


def _run(mlflow_url: str, run_id: str) -> str:
    """Name the page of a run in MLflow.

    >>> _run("https://mlflow.example/", "0f3a")
    'https://mlflow.example/#/runs/0f3a'
    """
    return f"{mlflow_url.rstrip('/')}/#/runs/{run_id}"
