"""A generic webhook after the Standard Webhooks specification: the receiver verifies and drops what it already has."""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping

from django.utils.translation import gettext_noop
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from office.notices.senders import http
from office.notices.senders.message import Message, SendFailed


def send(config: Mapping[str, str], message: Message) -> None:
    """webhook-id is the message's idempotency id, the same at every try."""
    body = json.dumps(
        {
            "type": message.kind.partition(":")[0],
            "timestamp": message.at.isoformat(),
            "data": {
                "id": message.id,
                "kind": message.kind,
                "title": message.title,
                "text": message.text,
                "label": message.label,
                "clause": message.clause,
                "url": message.url,
                "urgent": message.urgent,
                **({"phone": message.phone} if message.phone else {}),
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    headers = {"webhook-id": message.id, "webhook-timestamp": str(int(message.at.timestamp()))}
    if config.get("secret"):
        headers["webhook-signature"] = signer(config["secret"]).sign(message.id, message.at, body)
    http.post(config["url"], body.encode(), headers)


def signer(secret: str) -> Webhook:
    """Raises SendFailed for a secret that is not base64 (with or without "whsec_")."""
    try:
        return Webhook(secret)
    except (binascii.Error, ValueError, EmptyWebhookSecretError):
        raise SendFailed(gettext_noop("the secret is not base64")) from None
