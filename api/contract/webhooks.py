"""Webhooks."""

from api.contract.operation import BODY, Answer, Operation

#: What can be done with a new webhook.
_TAKERS = ("deleteWebhook", "rotateWebhook", "testWebhook", "listDeliveries")

OPERATIONS = [
    Operation(
        "POST",
        "/v1/webhooks",
        "createWebhook",
        "Have a URL told when scores and batches become final",
        "Webhooks",
        "scores:write",
        {
            201: Answer(
                "The webhook, and its secret this once.",
                "NewWebhook",
                links=dict.fromkeys(_TAKERS, ("webhook_id", "$response.body#/id")),
            )
        },
        (*BODY, "invalid-webhook", "too-many-webhooks"),
        (),
        "WebhookUrl",
    ),
    Operation(
        "GET",
        "/v1/webhooks",
        "listWebhooks",
        "List the webhooks",
        "Webhooks",
        "scores:read",
        {200: Answer("All of them, the oldest first.", "Webhooks")},
    ),
    Operation(
        "DELETE",
        "/v1/webhooks/{webhook_id}",
        "deleteWebhook",
        "Delete a webhook and what waits for it",
        "Webhooks",
        "scores:write",
        {204: Answer("Deleted.", media=())},
        ("not-found",),
    ),
    Operation(
        "POST",
        "/v1/webhooks/{webhook_id}/rotate",
        "rotateWebhook",
        "Give a webhook a new secret; the old one signs along for 24 hours",
        "Webhooks",
        "scores:write",
        {200: Answer("The new secret, this once.", "Secret")},
        ("not-found",),
    ),
    Operation(
        "POST",
        "/v1/webhooks/{webhook_id}/test",
        "testWebhook",
        "Send a webhook a test event",
        "Webhooks",
        "scores:write",
        {202: Answer("The event is on its way.", "Ping")},
        ("not-found", "webhook-disabled"),
    ),
    Operation(
        "GET",
        "/v1/webhooks/{webhook_id}/deliveries",
        "listDeliveries",
        "List the last deliveries of a webhook",
        "Webhooks",
        "scores:read",
        {200: Answer("The newest first.", "Deliveries")},
        ("not-found",),
    ),
]
