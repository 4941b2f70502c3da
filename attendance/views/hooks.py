"""The door for devices and systems that push punches: signed by Standard Webhooks 1.0, no session, no CSRF token.
Nothing is written, and nothing of the body is believed, before the signature fits."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone

from attendance.selectors.sources import live_secrets, source_of
from attendance.services import pushing
from office.errors import Conflict, Invalid
from office.hooks.door import header, machine_door, sent, unsigned
from office.hooks.raw_body import read_body, refusal
from office.hooks.signatures import standard_fits

#: What an unknown source is measured against, so that the time tells nothing about which sources there are.
NOBODY = ("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",)


@machine_door
def punch_hook(request: HttpRequest, code: str) -> HttpResponseBase:
    """POST /hooks/punches/CODE. 201 taken, 200 the same message again, 409 another under the same id, 422 problems."""
    raw, now = read_body(request), timezone.now()
    source = source_of(code)
    message_id = sent(request, "webhook-id")
    secrets = live_secrets(source, now) if source else ()
    fits = standard_fits(
        secrets or NOBODY,
        raw,
        message_id=message_id,
        timestamp=sent(request, "webhook-timestamp"),
        signature=sent(request, "webhook-signature"),
        now=now,
    )
    if source is None or not secrets or not fits:
        return unsigned("punches")
    if len(message_id) > 80 or header(request, "webhook-id", 81) != message_id:
        return refusal(422, "webhook_id", "webhook-id is visible ASCII of at most 80 characters.")
    try:
        pushed = pushing.receive(source=source, message_id=message_id, raw=raw, now=now)
    except Invalid as invalid:
        return JsonResponse({"errors": invalid.errors}, status=422)
    except Conflict as known:
        return refusal(409, known.code, str(known.message))
    told = {
        "batch": pushed.batch.pk,
        "status": "duplicate" if pushed.again else "taken",
        **pushed.batch.counts,
    }
    return JsonResponse(told, status=200 if pushed.again else 201)
