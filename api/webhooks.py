"""`/v1/webhooks`: where a caller wants to be told that a job of its is final.

A secret is shown once, when it is made. Callers are told by `worker.postman`.
"""

from typing import Any

from flask import Blueprint, Response, g, url_for

from api import body
from api.acceptance import as_json
from api.keys import Keys
from api.problems import Fault, Problem
from protocol import destination, names
from protocol.settings import Settings
from protocol.times import rfc3339
from protocol.webhooks import MOST, Webhook, Webhooks


def blueprint(webhooks: Webhooks, keys: Keys, settings: Settings) -> Blueprint:
    """Build the six routes."""
    routes = Blueprint("webhooks", __name__, url_prefix="/v1/webhooks")

    def owned(webhook_id: str) -> Webhook:
        """Find a webhook of the caller's, or answer 404 alike for unknown and foreign ones."""
        known = names.WEBHOOK_ID.fullmatch(webhook_id)
        webhook = webhooks.get(g.owner, webhook_id) if known else None
        if webhook is None:
            raise _not_found()
        return webhook

    @routes.post("")
    @keys.requires("scores:write")
    def create() -> Response:
        made = webhooks.create(g.owner, _url(body.read_object(), settings))
        if made is None:
            raise Problem("too-many-webhooks", f"There are {MOST} already; delete one first.")
        webhook, secret = made
        return as_json(_shown(webhook) | {"secret": secret}, 201)

    @routes.get("")
    @keys.requires("scores:read")
    def index() -> Response:
        return as_json({"webhooks": [_shown(webhook) for webhook in webhooks.of(g.owner)]})

    @routes.delete("/<webhook_id>")
    @keys.requires("scores:write")
    def delete(webhook_id: str) -> Response:
        known = names.WEBHOOK_ID.fullmatch(webhook_id)
        if not known or not webhooks.delete(g.owner, webhook_id):
            raise _not_found()
        return Response(status=204)

    @routes.post("/<webhook_id>/rotate")
    @keys.requires("scores:write")
    def rotate(webhook_id: str) -> Response:
        known = names.WEBHOOK_ID.fullmatch(webhook_id)
        secret = webhooks.rotate(g.owner, webhook_id) if known else None
        if secret is None:
            raise _not_found()
        return as_json({"id": webhook_id, "secret": secret})

    @routes.post("/<webhook_id>/test")
    @keys.requires("scores:write")
    def test(webhook_id: str) -> Response:
        webhook = owned(webhook_id)
        if webhook.disabled_ms is not None:
            raise Problem("webhook-disabled", "Its receiver answered 410; create it anew.")
        links = {"deliveries": url_for("webhooks.deliveries", webhook_id=webhook_id)}
        return as_json({"id": webhooks.ping(webhook_id), "type": "ping", "links": links}, 202)

    @routes.get("/<webhook_id>/deliveries")
    @keys.requires("scores:read")
    def deliveries(webhook_id: str) -> Response:
        return as_json({"deliveries": webhooks.deliveries(owned(webhook_id).id)})

    return routes


def _url(given: dict[str, Any], settings: Settings) -> str:
    """Take the URL out of a body that holds it and nothing else.

    Raises:
        Problem: invalid-webhook, with the fault's JSON Pointer; nothing sent is quoted.
    """
    url = given.get("url")
    if not isinstance(url, str):
        raise _invalid("string-type", "Send the URL as a string.")
    if len(given) > 1:
        raise _invalid("extra-forbidden", "Send url alone.", "")
    try:
        destination.read(url, settings)
    except destination.DestinationError as error:
        raise _invalid("invalid-url", str(error)) from None
    return url


def _invalid(code: str, detail: str, pointer: str = "/url") -> Problem:
    return Problem("invalid-webhook", detail, [Fault(pointer, code, detail)])


def _shown(webhook: Webhook) -> dict[str, Any]:
    disabled = webhook.disabled_ms
    return {
        "id": webhook.id,
        "url": webhook.url,
        "status": "active" if disabled is None else "disabled",
        "created_at": rfc3339(webhook.created_ms),
        "disabled_at": None if disabled is None else rfc3339(disabled),
        "dropped": webhook.dropped,
        "links": {"deliveries": url_for("webhooks.deliveries", webhook_id=webhook.id)},
    }


def _not_found() -> Problem:
    return Problem("not-found", "No webhook has this id, or it is not yours.")
