"""Every string of the Big List of Naughty Strings in every text field, through the API and both hooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from orders.models import Order
from orders.services.shops import add_shop, set_shop_secret
from tests.orders.hooks.samples import (
    API_SECRET,
    NOW,
    api_order,
    body_signature,
    naughty,
    shopify_order,
    standard_headers,
    woo_order,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def client() -> Any:
    for code, platform, secret in (
        ("API01", "api", API_SECRET),
        ("WC01", "woocommerce", "hush-woo"),
        ("SP01", "shopify", "hush"),
    ):
        shop = add_shop(code=code, name=code, platform=platform, by=None, now=NOW)
        set_shop_secret(shop_id=shop.pk, secret=secret, by=None, now=NOW)
    with time_machine.travel(NOW, tick=False):
        yield Client()


def send_all(send: Callable[[str, str], int]) -> None:
    """`send(number, text)`: first the string is the number too; where that is refused, again under a plain number."""
    for place, text in enumerate(naughty()):
        status = send(text, text)
        assert status in (200, 201, 409, 422), text
        if status == 422:
            status = send(f"N{place}", text)
            assert status in (200, 201, 422), text
    assert Order.objects.count() > 450


def test_the_api_takes_them_or_says_why(client: Client) -> None:
    def send(number: str, text: str) -> int:
        body = api_order(
            number=number,
            customer={"name": text, "phone": text[:60], "address": text[:1000], text: text},
            lines=[
                {"sku": text[:120], "title": text[:500], "quantity": 1, text: text},
                {"title": "x", "quantity": 1},
            ],
            **{f"x{text}": text},
        )
        if not (text[:120].strip() or text[:500].strip()):
            body["lines"] = body["lines"][1:]
        raw = json.dumps(body).encode()
        headers = standard_headers(raw, message_id=f"m{abs(hash((number, text)))}")
        answer = client.post("/api/v1/orders", raw, content_type="application/json", headers=headers)
        return answer.status_code

    send_all(send)


def test_the_fields_of_the_api_that_are_no_text_refuse_them(client: Client) -> None:
    for place, text in enumerate(naughty()):
        body = api_order(currency=text, ordered_at=text, total=text, cancelled=text)
        raw = json.dumps(body).encode()
        headers = standard_headers(raw, message_id=f"m{place}")
        answer = client.post("/api/v1/orders", raw, content_type="application/json", headers=headers)
        assert answer.status_code == 422, text


def test_woocommerce_takes_them_or_says_why(client: Client) -> None:
    def send(number: str, text: str) -> int:
        person = dict.fromkeys(
            ("first_name", "last_name", "company", "address_1", "city", "state", "email"), text
        )
        person["phone"] = text[:60]
        body = woo_order(
            number=number,
            billing=person,
            shipping=person,
            customer_note=text,
            status=text[:60],
            line_items=[{"name": text, "sku": text[:120], "quantity": 1}, {"name": "x", "quantity": 1}],
        )
        if not text.strip():
            body["line_items"] = body["line_items"][1:]
        raw = json.dumps(body).encode()
        headers = {
            "X-WC-Webhook-Topic": "order.created",
            "X-WC-Webhook-Signature": body_signature("hush-woo", raw),
        }
        answer = client.post("/hooks/woocommerce/WC01", raw, content_type="application/json", headers=headers)
        return answer.status_code

    send_all(send)


def test_shopify_takes_them_or_says_why(client: Client) -> None:
    def send(number: str, text: str) -> int:
        person = dict.fromkeys(("name", "first_name", "company", "address1", "city", "province", "zip"), text)
        body = shopify_order(
            name=number,
            note=text,
            email=text,
            shipping_address={**person, "phone": text[:60]},
            line_items=[{"title": text, "sku": text[:120], "quantity": 1}, {"title": "x", "quantity": 1}],
        )
        if not text.strip():
            body["line_items"] = body["line_items"][1:]
        raw = json.dumps(body).encode()
        headers = {"X-Shopify-Topic": "orders/create", "X-Shopify-Hmac-Sha256": body_signature("hush", raw)}
        answer = client.post("/hooks/shopify", raw, content_type="application/json", headers=headers)
        return answer.status_code

    send_all(send)


def test_headers_hold_them_without_harm(client: Client) -> None:
    raw = json.dumps(api_order()).encode()
    for text in naughty()[::3]:
        if not text.isprintable() or not text.isascii():
            continue
        headers = {"X-Shopify-Hmac-Sha256": text, "X-Shopify-Topic": text, "X-Shopify-Webhook-Id": text}
        assert client.post("/hooks/shopify", raw, content_type="x/y", headers=headers).status_code == 401
        headers = {"webhook-id": text, "webhook-timestamp": text, "webhook-signature": text}
        assert client.post("/api/v1/orders", raw, content_type="x/y", headers=headers).status_code == 401
        headers = {"X-Shopify-Topic": text, "X-Shopify-Webhook-Id": text}
        headers["X-Shopify-Hmac-Sha256"] = body_signature("hush", raw)
        assert client.post("/hooks/shopify", raw, content_type="x/y", headers=headers).status_code == 200
