"""Receipts: bodies sealed for 90 days, forgotten with their customer; who hears of a cancellation."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from office.notices.models import Notice
from orders.intake import api_order
from orders.intake.payloads import Notification, strict_json
from orders.models import Order, OrderProgress, Shop, WebhookReceipt
from orders.services.receipts import (
    Answer,
    ReusedId,
    body_of,
    erase_expired_bodies,
    forget_bodies,
    receive,
    rewrap_receipt_keys,
)
from orders.services.shops import add_shop
from tests.orders.hooks.samples import NOW, to_bytes
from tests.orders.hooks.samples import api_order as sample
from tests.people import person

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def shop() -> Shop:
    return add_shop(code="API01", name="x", platform="api", by=None, now=NOW)


def take(
    shop: Shop, message_id: str = "m1", *, signed: bool = True, now: dt.datetime = NOW, **changes: object
) -> Answer:
    raw = to_bytes(sample(**changes))

    def read() -> Notification:
        order = api_order.read(strict_json(raw), currency="CNY", raw=raw.decode())
        return Notification("order", order=order, number=order.number)

    return receive(
        shop=shop, source="api", topic="orders", message_id=message_id, raw=raw, read=read, by=None, now=now,
        id_is_signed=signed,
    )  # fmt: skip


def test_a_body_is_kept_90_days_and_the_receipt_longer(shop: Shop) -> None:
    take(shop)
    assert erase_expired_bodies(by=None, now=NOW + 89 * DAY) == 0
    assert erase_expired_bodies(by=None, now=NOW + 90 * DAY) == 1
    receipt = WebhookReceipt.objects.get()
    assert (body_of(receipt), receipt.wrapped_key, receipt.outcome) == (None, None, "inserted")
    assert take(shop).again


def test_expired_bodies_are_erased_in_portions(shop: Shop) -> None:
    for number in range(3):
        take(shop, f"m{number}", number=f"N{number}")
    assert erase_expired_bodies(by=None, now=NOW + 91 * DAY, limit=2) == 2
    assert erase_expired_bodies(by=None, now=NOW + 91 * DAY, limit=2) == 1


def test_bodies_are_forgotten_with_their_customer(shop: Shop) -> None:
    mine, other = take(shop), take(shop, "m2", number="N2")
    assert forget_bodies(order_ids=[mine.order_id or 0], by=None, now=NOW) == 1
    kept = {receipt.order_id: body_of(receipt) for receipt in WebhookReceipt.objects.all()}
    assert (kept[mine.order_id], bool(kept[other.order_id])) == (None, True)


def test_a_message_about_a_forgotten_customer_leaves_nothing_personal(shop: Shop) -> None:
    from orders.services.erasure import erase_customer

    answer = take(shop)
    order = Order.objects.get(pk=answer.order_id or 0)
    erase_customer(order_id=order.pk, reason="request", by=person("chen_manager"), now=NOW)
    again = take(shop, "m2", status="sent")
    assert (again.outcome, again.order_id) == ("duplicate", order.pk)
    rejected = take(shop, "m3", total="-1")
    assert rejected.outcome == "rejected"
    assert [body_of(receipt) for receipt in WebhookReceipt.objects.all()] == [None, None, None]


def test_a_signed_id_stands_for_one_body(shop: Shop) -> None:
    take(shop)
    with pytest.raises(ReusedId):
        take(shop, number="N2")
    assert Order.objects.count() == 1


def test_an_unsigned_id_may_stand_for_several(shop: Shop) -> None:
    take(shop, signed=False)
    second = take(shop, signed=False, number="N2")
    assert (second.outcome, second.again) == ("inserted", False)
    assert take(shop, signed=False, number="N2").again
    assert WebhookReceipt.objects.count() == 2


def test_without_an_id_the_body_is_its_own(shop: Shop) -> None:
    take(shop, "", signed=False)
    assert take(shop, "", signed=False).again
    assert WebhookReceipt.objects.get().message_id.startswith("body-")


def test_what_is_rejected_leaves_no_order_and_may_come_again(shop: Shop) -> None:
    assert take(shop, total="-1").outcome == "rejected"
    assert take(shop, total="-1").outcome == "rejected"
    assert (Order.objects.count(), WebhookReceipt.objects.count()) == (0, 1)
    assert take(shop).outcome == "inserted"


def test_the_holder_hears_once_of_a_cancellation_in_the_shop(shop: Shop) -> None:
    answer, li = take(shop), person("li_lei")
    OrderProgress.objects.filter(pk=answer.order_id).update(state="accepted", holder=li, accepted_at=NOW)
    take(shop, "m2", cancelled=True)
    take(shop, "m3", cancelled=True, status="cancelled again")
    notice = Notice.objects.get(kind="orders.shop_cancelled")
    assert (notice.recipient_id, notice.label) == (li.pk, "API01/SO-1")


def test_an_order_that_arrives_cancelled_is_not_offered(shop: Shop) -> None:
    answer = take(shop, cancelled=True)
    assert answer.outcome == "inserted"
    assert OrderProgress.objects.get(pk=answer.order_id).state == "cancelled"


def test_bodies_move_to_a_new_application_key(shop: Shop, settings: pytest.FixtureRequest) -> None:
    take(shop)
    assert rewrap_receipt_keys(10) == 0
    fresh = "k2:" + base64.b64encode(b"n" * 32).decode()
    settings.ECDEPT_KEYS = f"{fresh},{settings.ECDEPT_KEYS}"  # type: ignore[attr-defined]
    assert rewrap_receipt_keys(10) == 1
    settings.ECDEPT_KEYS = fresh  # type: ignore[attr-defined]
    assert body_of(WebhookReceipt.objects.get()) == to_bytes(sample())


def test_what_the_ledger_cannot_hold_is_rejected_with_the_reason(shop: Shop) -> None:
    """An adapter let it through all the same."""
    raw = to_bytes(sample())
    good = api_order.read(strict_json(raw), currency="CNY", raw=raw.decode())
    order = replace(good, total=Decimal(10) ** 13)

    def read() -> Notification:
        return Notification("order", order=order, number=order.number)

    answer = receive(
        shop=shop, source="api", topic="orders", message_id="m9", raw=raw, read=read, by=None, now=NOW,
        id_is_signed=True,
    )  # fmt: skip
    assert (answer.outcome, [problem.code for problem in answer.problems]) == ("rejected", ["range"])
    assert not Order.objects.exists()
