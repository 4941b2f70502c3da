"""The doors for shops' webhooks. No session, no CSRF, nothing written before the signature fits.

A shop that gets errors back switches its webhook off, so whatever is signed and readable answers 200, conflicts and
unknown topics included; what became of it stands on the shop's page.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone

from office.hooks.door import header, machine_door, sent, unsigned
from office.hooks.raw_body import read_body, refusal
from office.hooks.signatures import any_fits
from orders.intake import shopify, woocommerce
from orders.intake.payloads import Notification, strict_json
from orders.models import Shop
from orders.selectors.doors import Doors, ShopsChanged, doors
from orders.selectors.shops import live_secrets
from orders.services.receipts import Answer, arriving, receive


@machine_door
def shopify_hook(request: HttpRequest) -> HttpResponseBase:
    """POST /hooks/shopify. The signature covers only the body, and X-Shopify-Shop-Domain is anybody's word: the shop is
    the one whose secret fits."""
    raw = read_body(request)
    with arriving():
        return _from_shopify(request, raw, timezone.now())


def _from_shopify(request: HttpRequest, raw: bytes, now: dt.datetime) -> HttpResponseBase:
    signature = sent(request, "X-Shopify-Hmac-Sha256")
    topic = header(request, "X-Shopify-Topic", 60)
    message_id = header(request, "X-Shopify-Webhook-Id", 80)
    for known in doors():
        shop = _signer(known, raw, signature, now)
        if shop is not None:
            with suppress(ShopsChanged):
                return _answered(
                    receive(
                        shop=shop,
                        source="shopify",
                        topic=topic,
                        message_id=message_id,
                        raw=raw,
                        read=partial(_read, shopify, topic, raw, shop.currency),
                        by=None,
                        now=now,
                        id_is_signed=False,
                        mark=known.mark,
                    )
                )
    return unsigned("shopify")


def _signer(known: Doors, raw: bytes, signature: str, now: dt.datetime) -> Shop | None:
    """The one Shopify shop whose secret made the signature. Every secret is tried, so that the time tells nothing; two
    shops that share a secret cannot be told apart, and then it is neither."""
    fitting = [
        shop
        for shop in known.hooks(Shop.Platform.SHOPIFY)
        if any_fits(live_secrets(shop, now), raw, signature)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _read(adapter: Any, topic: str, raw: bytes, currency: str) -> Notification:
    notification: Notification = adapter.read(topic, strict_json(raw), currency=currency, raw=raw.decode())
    return notification


@machine_door
def woocommerce_hook(request: HttpRequest, code: str) -> HttpResponseBase:
    """POST /hooks/woocommerce/SHOP. The unsigned ping that tries a new address is answered and forgotten."""
    raw = read_body(request)
    with arriving():
        return _from_woocommerce(request, code, raw, timezone.now())


def _from_woocommerce(request: HttpRequest, code: str, raw: bytes, now: dt.datetime) -> HttpResponseBase:
    signature = sent(request, "X-WC-Webhook-Signature")
    topic = header(request, "X-WC-Webhook-Topic", 60)
    message_id = header(request, "X-WC-Webhook-Delivery-ID", 80)
    shop = None
    for known in doors():
        shop = known.by_code(code)
        if shop is None or shop.platform != Shop.Platform.WOOCOMMERCE:
            shop = None
        elif any_fits(live_secrets(shop, now), raw, signature) and not woocommerce.is_ping(raw):
            with suppress(ShopsChanged):
                return _answered(
                    receive(
                        shop=shop,
                        source="woocommerce",
                        topic=topic,
                        message_id=message_id,
                        raw=raw,
                        read=partial(_read, woocommerce, topic, raw, shop.currency),
                        by=None,
                        now=now,
                        id_is_signed=False,
                        mark=known.mark,
                    )
                )
    if shop is None:
        return refusal(404, "not_found", "There is no such shop.")
    return JsonResponse({"status": "pong"}) if woocommerce.is_ping(raw) else unsigned("woocommerce")


def _answered(answer: Answer) -> HttpResponseBase:
    """200 with what became of it, 422 with every problem when the body is no order."""
    if answer.outcome == "rejected":
        return JsonResponse({"errors": [problem._asdict() for problem in answer.problems]}, status=422)
    return JsonResponse({"id": answer.order_id, "status": answer.outcome})
