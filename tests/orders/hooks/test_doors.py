"""The doors for machines: who is let in, what is answered, what is on record afterwards."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from orders.models import Order, OrderEvent, Shop, WebhookReceipt
from orders.services.receipts import body_of
from orders.services.shops import add_shop, set_shop_secret, update_shop
from tests.orders.hooks.samples import (
    API_SECRET,
    NOW,
    api_order,
    body_signature,
    hmac_vectors,
    load,
    raw,
    shopify_order,
    standard_headers,
    to_bytes,
    woo_order,
)

pytestmark = pytest.mark.django_db
WOO_SECRET = "woo-secret"


@pytest.fixture(autouse=True)
def _at_half_past_ten() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def make_shop(code: str, platform: str, secret: str) -> Shop:
    shop = add_shop(code=code, name=code, platform=platform, by=None, now=NOW)
    return set_shop_secret(shop_id=shop.pk, secret=secret, by=None, now=NOW)


@pytest.fixture
def api_shop() -> Shop:
    return make_shop("API01", "api", API_SECRET)


@pytest.fixture
def woo_shop() -> Shop:
    return make_shop("WC01", "woocommerce", WOO_SECRET)


@pytest.fixture
def shopify_shop() -> Shop:
    return make_shop("SP01", "shopify", "hush")


def send_api(body: Any, message_id: str = "msg_1", **headers: str) -> tuple[int, Any]:
    raw_body = to_bytes(body)
    signed = {**standard_headers(raw_body, message_id=message_id), **headers}
    answer = Client(enforce_csrf_checks=True).post(
        "/api/v1/orders",
        raw_body,
        content_type="application/json",
        headers={k: v for k, v in signed.items() if v},
    )
    return answer.status_code, answer.json()


def send_woo(
    body: Any, topic: str = "order.created", delivery: str = "d1", **headers: str
) -> tuple[int, Any]:
    raw_body = to_bytes(body)
    signed = {
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Delivery-ID": delivery,
        "X-WC-Webhook-Signature": body_signature(WOO_SECRET, raw_body),
        **headers,
    }
    answer = Client(enforce_csrf_checks=True).post(
        "/hooks/woocommerce/WC01", raw_body, content_type="application/json", headers=signed
    )
    return answer.status_code, answer.json()


def send_shopify(
    body: Any, topic: str = "orders/create", webhook: str = "w1", **headers: str
) -> tuple[int, Any]:
    raw_body = to_bytes(body)
    signed = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Webhook-Id": webhook,
        "X-Shopify-Hmac-Sha256": body_signature("hush", raw_body),
        **headers,
    }
    answer = Client(enforce_csrf_checks=True).post(
        "/hooks/shopify", raw_body, content_type="application/json", headers=signed
    )
    return answer.status_code, answer.json()


def nothing_written() -> bool:
    return not WebhookReceipt.objects.exists() and not Order.objects.exists()


# -- our own API ---------------------------------------------------------------------------------------------------


def test_an_order_is_booked_and_its_receipt_kept_sealed(api_shop: Shop) -> None:
    status, said = send_api(api_order())
    order = Order.objects.get()
    assert (status, said) == (201, {"id": order.pk, "status": "inserted"})
    assert (order.shop, order.number, order.source, order.received_at) == (api_shop, "SO-1", "api", NOW)
    receipt = WebhookReceipt.objects.get()
    assert (receipt.outcome, receipt.order_id, receipt.message_id) == ("inserted", order.pk, "msg_1")
    assert body_of(receipt) == to_bytes(api_order())
    assert "香樟路".encode() not in bytes(receipt.sealed_body or b"")


def test_the_same_order_under_another_id_is_a_duplicate(api_shop: Shop) -> None:
    send_api(api_order())
    status, said = send_api(api_order(status="paid"), "msg_2")
    assert (status, said["status"], Order.objects.count()) == (200, "duplicate", 1)
    assert OrderEvent.objects.filter(kind="shop").exists()


def test_the_same_message_again_is_a_duplicate_of_the_same_order(api_shop: Shop) -> None:
    first, second, third = send_api(api_order()), send_api(api_order()), send_api(api_order())
    assert (first[0], first[1]["status"]) == (201, "inserted")
    assert (second[0], second[1]["status"], second[1]["id"]) == (200, "duplicate", first[1]["id"])
    assert third == second
    assert (Order.objects.count(), WebhookReceipt.objects.count()) == (1, 1)


def test_the_same_id_with_another_body_is_refused(api_shop: Shop) -> None:
    send_api(api_order())
    status, said = send_api(api_order(number="SO-2"))
    assert (status, said["errors"][0]["path"], said["errors"][0]["code"]) == (
        422,
        "webhook-id",
        "webhook_id_reused",
    )
    assert Order.objects.count() == 1


def test_other_terms_under_a_known_number_are_a_conflict_also_when_sent_again(api_shop: Shop) -> None:
    send_api(api_order())
    first = send_api(api_order(total="1.00"), "msg_2")
    assert (first[0], first[1]["status"], first[1]["code"]) == (409, "conflict", "conflict")
    assert send_api(api_order(total="1.00"), "msg_2") == first
    assert OrderEvent.objects.filter(kind="conflict").count() == 1


def test_a_rejected_message_may_be_mended_under_its_id(api_shop: Shop) -> None:
    status, said = send_api(api_order(total="-1"))
    problem = {"path": "total", "code": "range", "message": "This number is out of range."}
    assert (status, said["errors"]) == (422, [problem])
    assert (WebhookReceipt.objects.get().outcome, WebhookReceipt.objects.get().detail) == (
        "rejected",
        "total: range",
    )
    assert send_api(api_order())[0] == 201
    assert WebhookReceipt.objects.get().outcome == "inserted"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json"),
        (b"{", "json"),
        (b"\xff", "encoding"),
        (b"[" * 100_000, "depth"),
        (b'{"shop":"API01","shop":"API01"}', "duplicate_key"),
        (b'{"shop":"API01","total":NaN}', "number"),
        (b'{"shop":"API01","total":1e400}', "number"),
        (b'{"shop":"API01","number":"\\ud800"}', "characters"),
        (b'{"shop":"API01","number":"\\u0000"}', "characters"),
        (b"[]", "type"),
        (b"null", "type"),
    ],
)
def test_a_signed_body_that_is_no_order_is_told_why(api_shop: Shop, body: bytes, code: str) -> None:
    status, said = send_api(body)
    assert (status, said["errors"][0]["code"]) == (422, code)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-id": ""},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "hello"},
        {"webhook-timestamp": str(int(NOW.timestamp()) - 301)},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 301)},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,####"},
        {"webhook-id": "msg_other"},
    ],
)
def test_what_is_not_rightly_signed_is_401_and_writes_nothing(
    api_shop: Shop, headers: dict[str, str]
) -> None:
    status, said = send_api(api_order(), **headers)
    assert (status, said["code"]) == (401, "signature")
    assert nothing_written()


def test_another_shops_secret_does_not_open_the_door(api_shop: Shop) -> None:
    make_shop("API02", "api", "whsec_" + "b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldC1vdGhlcg==")
    assert send_api(api_order(shop="API02"))[0] == 401
    assert send_api(api_order(shop="nobody"))[0] == 401
    assert nothing_written()


def test_an_inactive_shop_is_refused(api_shop: Shop) -> None:
    update_shop(
        shop_id=api_shop.pk,
        name="x",
        platform="api",
        currency="CNY",
        restricted=False,
        active=False,
        by=None,
        now=NOW,
    )
    assert send_api(api_order())[0] == 401


def test_a_shop_without_a_secret_accepts_nothing() -> None:
    add_shop(code="API01", name="x", platform="api", by=None, now=NOW)
    assert send_api(api_order())[0] == 401


def test_the_currency_is_the_orders_own_else_the_shops(api_shop: Shop) -> None:
    send_api(api_order())
    send_api(api_order(number="SO-2", currency="USD"), "msg_2")
    assert list(Order.objects.order_by("pk").values_list("currency", flat=True)) == ["CNY", "USD"]


def test_an_id_that_cannot_be_kept_is_told(api_shop: Shop) -> None:
    status, said = send_api(api_order(), "x" * 121)
    assert (status, said["errors"][0]["path"]) == (422, "webhook-id")


@pytest.mark.parametrize("path", ["/api/v1/orders", "/hooks/shopify", "/hooks/woocommerce/WC01"])
@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head", "options"])
def test_only_post_is_taken(path: str, method: str) -> None:
    answer = getattr(Client(), method)(path)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer["Content-Type"] == "application/json"
    if method != "head":
        assert answer.json() == {"code": "method_not_allowed", "message": "This address takes POST only."}


@pytest.mark.parametrize("path", ["/api/v1/orders", "/hooks/shopify", "/hooks/woocommerce/WC01"])
def test_a_body_over_one_megabyte_is_413_and_a_gigabyte_is_not_waited_for(path: str) -> None:
    answer = Client().post(path, b"x" * 1_000_001, content_type="application/json")
    assert answer.status_code == 413
    answer = Client().generic("POST", path, b"", CONTENT_LENGTH="1073741824")
    assert answer.status_code == 413
    assert nothing_written()


# -- WooCommerce ---------------------------------------------------------------------------------------------------


def test_a_woocommerce_order_is_booked(woo_shop: Shop) -> None:
    status, said = send_woo(raw("woocommerce/orders_00.json"))
    order = Order.objects.get()
    assert (status, said) == (200, {"id": order.pk, "status": "inserted"})
    assert (order.number, order.currency, order.source) == ("727", "USD", "woocommerce")


def test_the_ping_is_answered_unsigned_and_forgotten(woo_shop: Shop) -> None:
    answer = Client().post(
        "/hooks/woocommerce/WC01", b"webhook_id=12", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert nothing_written()


def test_a_later_status_is_an_event_and_a_known_order_a_duplicate(woo_shop: Shop) -> None:
    send_woo(woo_order())
    status, said = send_woo(woo_order(status="completed"), "order.updated", "d2")
    assert (status, said["status"]) == (200, "duplicate")
    assert OrderEvent.objects.filter(kind="shop").count() == 2


def test_a_conflict_answers_200_and_is_on_record(woo_shop: Shop) -> None:
    send_woo(woo_order())
    status, said = send_woo(woo_order(total="1.00"), "order.updated", "d2")
    assert (status, said["status"]) == (200, "conflict")
    assert WebhookReceipt.objects.get(message_id="d2").outcome == "conflict"


def test_a_cancelled_order_is_an_event_beside_it(woo_shop: Shop) -> None:
    send_woo(woo_order())
    assert send_woo(woo_order(status="cancelled"), "order.updated", "d2")[0] == 200
    assert OrderEvent.objects.filter(kind="shop_cancelled").count() == 1


def test_a_deleted_order_is_cancelled_in_the_shop(woo_shop: Shop) -> None:
    send_woo(woo_order())
    assert send_woo({"id": 727}, "order.deleted", "d2")[1]["status"] == "updated"
    assert OrderEvent.objects.filter(kind="shop_cancelled").count() == 1
    assert send_woo({"id": 999}, "order.deleted", "d3") == (200, {"id": None, "status": "ignored"})


def test_unknown_topics_answer_200_and_are_on_record(woo_shop: Shop, shopify_shop: Shop) -> None:
    assert send_woo(load("woocommerce/products_00.json"), "product.created")[0] == 200
    assert send_shopify({"id": 1}, "products/create")[0] == 200
    assert list(WebhookReceipt.objects.values_list("outcome", "topic")) == [
        ("ignored", "product.created"),
        ("ignored", "products/create"),
    ]


@pytest.mark.parametrize("signature", ["", "####", "YmxhaGJsYWgK", "x" * 500])
def test_a_wrong_woocommerce_signature_is_401(woo_shop: Shop, signature: str) -> None:
    assert send_woo(woo_order(), **{"X-WC-Webhook-Signature": signature})[0] == 401
    assert nothing_written()


def test_an_unknown_woocommerce_shop_is_404(shopify_shop: Shop) -> None:
    for code in ("WC01", "SP01", "x" * 300, "你好"):
        assert (
            Client().post(f"/hooks/woocommerce/{code}", b"{}", content_type="application/json").status_code
            == 404
        )


def test_the_same_delivery_again_does_nothing(woo_shop: Shop) -> None:
    first, second = send_woo(woo_order()), send_woo(woo_order())
    assert (first[1]["status"], second[1]["status"], second[1]["id"]) == (
        "inserted",
        "duplicate",
        first[1]["id"],
    )
    assert (Order.objects.count(), WebhookReceipt.objects.count()) == (1, 1)


def test_an_unsigned_delivery_id_cannot_hide_another_order(woo_shop: Shop) -> None:
    send_woo(woo_order(), delivery="d1")
    status, said = send_woo(woo_order(number="728", id=728), delivery="d1")
    assert (status, said["status"], Order.objects.count()) == (200, "inserted", 2)
    again = send_woo(woo_order(number="728", id=728), delivery="d1")
    assert again == (200, {**said, "status": "duplicate"})


# -- Shopify -------------------------------------------------------------------------------------------------------


def test_the_shop_is_the_one_whose_secret_fits(shopify_shop: Shop) -> None:
    make_shop("SP02", "shopify", "another")
    status, _said = send_shopify(raw("shopify/order.json"), **{"X-Shopify-Shop-Domain": "SP02.myshopify.com"})
    assert (status, Order.objects.get().shop) == (200, shopify_shop)


def test_a_shopify_secret_fits_until_the_overlap_ends(shopify_shop: Shop) -> None:
    set_shop_secret(shop_id=shopify_shop.pk, secret="new secret", by=None, now=NOW)
    assert send_shopify(shopify_order())[0] == 200
    with time_machine.travel(NOW.replace(day=24, hour=3)):
        assert send_shopify(shopify_order(name="#2"))[0] == 401


@pytest.mark.parametrize("vector", hmac_vectors())
def test_shopify_vectors_at_the_door(shopify_shop: Shop, vector: dict[str, Any]) -> None:
    if vector.get("secret") == "":
        Shop.objects.update(sealed_secret=None)
    headers = {"X-Shopify-Topic": "orders/create"}
    if vector["header"] is not None:
        headers["X-Shopify-Hmac-Sha256"] = vector["header"]
    raw_body = vector["raw_body"].encode()
    answer = Client().post("/hooks/shopify", raw_body, content_type="application/json", headers=headers)
    assert answer.status_code == (422 if vector["valid"] else 401)  # signed, but a string is no order


def test_a_shopify_conflict_answers_200_and_is_on_record(shopify_shop: Shop) -> None:
    send_shopify(shopify_order())
    status, said = send_shopify(shopify_order(total_price="1.00"), "orders/updated", "w2")
    assert (status, said["status"]) == (200, "conflict")
    assert WebhookReceipt.objects.get(message_id="w2").outcome == "conflict"
    assert OrderEvent.objects.filter(kind="conflict").count() == 1


def test_a_shopify_cancellation_is_an_event(shopify_shop: Shop) -> None:
    send_shopify(shopify_order())
    send_shopify(shopify_order(cancelled_at="2026-11-23T11:00:00+08:00"), "orders/cancelled", "w2")
    assert OrderEvent.objects.filter(kind="shop_cancelled").count() == 1


def test_a_captured_order_sent_again_as_its_cancellation_is_recorded_and_not_acted_upon(
    shopify_shop: Shop, woo_shop: Shop
) -> None:
    send_shopify(shopify_order())
    send_woo(woo_order())
    assert send_shopify(shopify_order(), "orders/cancelled", "w2")[1]["status"] == "ignored"
    assert send_woo(woo_order(), "order.deleted", "d2")[1]["status"] == "ignored"
    assert not OrderEvent.objects.filter(kind="shop_cancelled").exists()
    kept = WebhookReceipt.objects.filter(outcome="ignored").values_list("detail", flat=True)
    assert all(detail.startswith("topic contradicts body") for detail in kept)
    assert len(kept) == 2


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"order":7}', b'{"a":1,"a":2}', b"[" * 50_000])
def test_a_signed_body_that_is_no_order_is_422_with_reasons(
    shopify_shop: Shop, woo_shop: Shop, body: bytes
) -> None:
    for send in (send_shopify, send_woo):
        status, said = send(body)
        assert (status, bool(said["errors"])) == (422, True)
    assert not Order.objects.exists()


def test_nothing_of_the_customer_is_readable_in_the_receipt(shopify_shop: Shop) -> None:
    send_shopify(shopify_order())
    for row in WebhookReceipt.objects.values():
        for value in row.values():
            text = bytes(value).decode("latin1") if isinstance(value, memoryview) else str(value)
            assert "Steve" not in text
            assert "Shippington" not in text
