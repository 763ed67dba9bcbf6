"""The Flask application, put together from its parts."""

import os
import re
import secrets

from flask import Flask, Response, g, request

from api import (
    batches,
    body,
    challengers,
    dead_letters,
    docs,
    health,
    models,
    monitoring,
    openapi,
    outcomes,
    overrides,
    problems,
    questions,
    scores,
    stopping,
    webhooks,
)
from api.campaigns import routes as campaigns
from api.campaigns.intake import Intake
from api.commit import GroupCommit
from api.keys import Keys
from api.models import Current
from api.overriding import Overriding
from api.pages import campaign as campaign_page
from api.pages import campaigns as campaigns_page
from api.pages import model as model_page
from api.pages import overrides as overrides_page
from api.pages import queue as queue_page
from api.pages import score as score_page
from api.pages.campaigns import Desk
from api.pages.score import Counter
from api.pages.site import Site
from api.pressure import Pressure
from api.questions import Questions
from api.queue import Doorbell
from api.waiting import Waiting
from protocol import names
from protocol.campaigns import Campaigns
from protocol.ledger import Ledger, connect
from protocol.outcomes import Outcomes
from protocol.overrides import Overrides
from protocol.policy import read_policy
from protocol.refused import Refused
from protocol.scripts import Scripts
from protocol.settings import Settings
from protocol.webhooks import Webhooks

#: A caller's X-Request-Id is taken over only in this shape; anything else could forge log lines.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application.

    Args:
        settings: None reads them from the environment, as the server does.
    Raises:
        SettingsError: a setting cannot be used.
        PolicyError: the policy cannot be read.
    """
    settings = settings or Settings.read(os.environ)
    app = Flask("api", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False  # a method the contract does not name is a 405
    app.config["MAX_CONTENT_LENGTH"] = settings.body_limit_bytes
    app.url_map.strict_slashes = False
    client = connect(settings.redis)
    ledger = Ledger(client, settings, GroupCommit(Scripts(client, settings).run_all))
    doorbell = Doorbell(settings)
    keys = app.extensions["loanscore.keys"] = Keys(client)
    waiting = app.extensions["loanscore.waiting"] = Waiting(client, settings.api_waiters)
    pressure = Pressure(client, settings.memory_limit)
    decided = Overrides(client, settings)
    refused = Refused(client)
    app.register_blueprint(
        scores.blueprint(ledger, decided, doorbell, keys, waiting, pressure, refused)
    )
    policy = read_policy(settings.policy)
    overriding = Overriding(ledger, decided, policy)
    app.register_blueprint(overrides.blueprint(ledger, overriding, keys))
    observed = Outcomes(client, settings)
    app.register_blueprint(outcomes.blueprint(observed, keys, pressure, settings))
    app.register_blueprint(monitoring.blueprint(keys, settings))
    asking = Questions(ledger, doorbell, waiting, pressure)
    app.register_blueprint(questions.blueprint(asking, keys))
    app.register_blueprint(
        batches.blueprint(ledger, doorbell, keys, waiting, pressure, settings, refused)
    )
    bulk = Campaigns(client, settings)
    campaigns_bell = Doorbell(settings, names.CAMPAIGNS_DOORBELL, names.CAMPAIGNS_QUEUE)
    intake = Intake(settings, bulk)
    app.register_blueprint(campaigns.blueprint(bulk, campaigns_bell, keys, pressure, intake))
    app.register_blueprint(dead_letters.blueprint(ledger, doorbell, keys))
    app.register_blueprint(webhooks.blueprint(Webhooks(client), keys, settings))
    current = Current(ledger, settings)
    app.register_blueprint(models.blueprint(current, keys, openapi.application()))
    app.register_blueprint(challengers.blueprint(keys, settings))
    app.register_blueprint(health.blueprint(ledger, bulk, client, settings.redis_durability))
    app.register_blueprint(docs.blueprint(openapi.document()))
    site = Site(app, client, settings)
    grades = [entry.grade for entry in policy.grades]
    counter = Counter(
        ledger, doorbell, waiting, pressure, asking, overriding, grades, settings.currency
    )
    overrides_page.add_to(site, overriding, score_page.add_to(site, counter))
    desk = Desk(bulk, campaigns_bell, pressure, intake)
    campaigns_page.add_to(site, desk)
    campaign_page.add_to(site, desk)
    queue_page.add_to(site, ledger, bulk, doorbell)
    model_page.add_to(site, current, policy.scale.pdo, settings.mlflow_url)
    app.register_blueprint(site.pages)
    pressure.start()
    app.before_request(_name_request)
    app.after_request(_finish)
    app.after_request(body.finish)
    problems.register(app)
    return app


def create_served_app() -> Flask:
    """Build the application for the server, which stops it by a signal."""
    app = create_app()
    stopping.heed(app.extensions["loanscore.waiting"].stop)
    return app


def _name_request() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    response.headers["Cache-Control"] = g.get("kept", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
