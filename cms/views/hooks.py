"""The door for websites that hand over messages: signed by Standard Webhooks 1.0, no session, no CSRF token. Nothing is
written, and nothing of the body is believed, before the signature fits."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone

from cms.selectors.board import live_secrets, sender_of
from cms.services import board, board_traffic
from office.errors import Conflict, Invalid
from office.hooks.door import header, machine_door, sent, unsigned
from office.hooks.raw_body import read_body, refusal
from office.hooks.signatures import standard_fits

#: What an unknown sender is measured against, so that the time tells nothing about which senders there are.
NOBODY = ("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",)


@machine_door
def message_hook(request: HttpRequest, code: str) -> HttpResponseBase:
    """POST /hooks/messages/CODE. 201 taken, 200 the same message again, 409 another under the same id, 422 problems,
    429 more than its website may hand over in an hour."""
    raw, now = read_body(request), timezone.now()
    sender = sender_of(code)
    fits = standard_fits(
        live_secrets(sender, now) if sender else NOBODY,
        raw,
        message_id=sent(request, "webhook-id"),
        timestamp=sent(request, "webhook-timestamp"),
        signature=sent(request, "webhook-signature"),
        now=now,
    )
    external_id = header(request, "webhook-id", 81)
    if sender is None or not fits:
        return unsigned("messages")
    if len(external_id) > 80 or external_id != sent(request, "webhook-id"):
        return refusal(422, "webhook_id", "webhook-id is visible ASCII of at most 80 characters.")
    if board_traffic.sender_waits(sender.pk, now):
        return _too_many()
    try:
        fields = _read(raw)
        taken = board.receive(fields=fields, sender=sender, external_id=external_id, body=raw, now=now)
    except Invalid as invalid:
        return JsonResponse({"errors": invalid.errors}, status=422)
    except Conflict as known:
        return refusal(409, known.code, str(known.message))
    status = "taken" if taken.new else "duplicate"
    return JsonResponse({"id": taken.message.pk, "status": status}, status=201 if taken.new else 200)


def _too_many() -> HttpResponseBase:
    """Not before the signature fits, so that nobody else uses up what a website may send."""
    said = refusal(
        429,
        "too_many",
        "Too many messages came from this website within an hour; this one was not taken. Send it again in an hour.",
    )
    said["Retry-After"] = str(board_traffic.HOUR)
    return said


def _read(raw: bytes) -> dict[str, Any]:
    """Raises Invalid for a body that is no JSON object."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        message = "The body is not a JSON object."
        raise Invalid(message, errors=[{"path": "", "code": "json", "message": message}])
    return body
