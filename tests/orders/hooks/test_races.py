"""Two of the same at once, on two connections that really commit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from orders.intake import api_order
from orders.intake.payloads import Notification, strict_json
from orders.models import CustomerKey, Order, Shop, WebhookReceipt
from orders.services.receipts import Answer, receive
from orders.services.shops import add_shop, get_or_create_shop
from tests.orders.hooks.samples import NOW, to_bytes
from tests.orders.hooks.samples import api_order as sample

pytestmark = pytest.mark.django_db(transaction=True)


def take(shop: Shop, message_id: str, **changes: Any) -> Answer:
    raw = to_bytes(sample(**changes))

    def read() -> Notification:
        order = api_order.read(strict_json(raw), currency="CNY", raw=raw.decode())
        return Notification("order", order=order, number=order.number)

    return receive(
        shop=shop, source="api", topic="orders", message_id=message_id, raw=raw, read=read, by=None, now=NOW,
        id_is_signed=False,
    )  # fmt: skip


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run each job in a thread of its own, all let go together; their results in order."""
    gate = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(place: int, job: Callable[[], Any]) -> None:
        gate.wait(10)
        try:
            results[place] = job()
        except Exception as error:  # noqa: BLE001  a thread's failure is the test's result
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.fixture
def shop() -> Shop:
    return add_shop(code="API01", name="x", platform="api", by=None, now=NOW)


def test_one_message_eight_times_at_once_is_one_order_and_one_receipt(shop: Shop) -> None:
    answers = at_once(*[lambda: take(shop, "m1")] * 8)
    assert {answer.order_id for answer in answers} == {Order.objects.get().pk}
    assert sorted(answer.outcome for answer in answers) == ["duplicate"] * 7 + ["inserted"]
    assert sorted(answer.again for answer in answers) == [False] + [True] * 7
    assert WebhookReceipt.objects.count() == 1


def test_one_order_in_eight_messages_at_once_is_one_order(shop: Shop) -> None:
    answers = at_once(*[lambda n=n: take(shop, f"m{n}") for n in range(8)])
    assert sorted(answer.outcome for answer in answers) == ["duplicate"] * 7 + ["inserted"]
    assert (Order.objects.count(), WebhookReceipt.objects.count()) == (1, 8)


def test_eight_orders_of_one_new_customer_at_once_share_the_key(shop: Shop) -> None:
    answers = at_once(*[lambda n=n: take(shop, f"m{n}", number=f"N{n}") for n in range(8)])
    assert [answer.outcome for answer in answers] == ["inserted"] * 8
    assert CustomerKey.objects.count() == 1


def test_one_id_for_two_bodies_at_once_keeps_both(shop: Shop) -> None:
    answers = at_once(lambda: take(shop, "m1", number="N1"), lambda: take(shop, "m1", number="N2"))
    assert [answer.outcome for answer in answers] == ["inserted", "inserted"]
    assert WebhookReceipt.objects.count() == 2


def test_a_shop_made_by_two_at_once_is_one_shop() -> None:
    shops = at_once(*[lambda: get_or_create_shop(code="NEW", by=None, now=NOW)] * 4)
    assert {shop.pk for shop in shops} == {Shop.objects.get().pk}


def test_the_short_way_leaves_no_transaction_open(shop: Shop) -> None:
    def idle() -> bool:
        return bool(connection.connection.info.transaction_status == 0)

    assert take(shop, "m1").outcome == "inserted"
    assert idle()
    assert take(shop, "m2", status="paid").outcome == "duplicate"  # known: the short way steps back
    assert idle()
    assert take(shop, "m1", number="N2").outcome == "inserted"  # the receipt's id was taken: all of it again
    assert idle()
    assert take(shop, "m3", total="-1").outcome == "rejected"
    assert idle()
    assert Order.objects.count() == 2
