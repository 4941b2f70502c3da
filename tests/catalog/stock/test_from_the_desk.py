"""The order desk and the stock, joined by the wiring: an order taken over takes its goods, a cancelled one brings them
back."""

from __future__ import annotations

import pytest

from catalog.models import StockMovement, UnmatchedGoods
from orders import rules
from orders.models import OrderProgress
from orders.services import desk
from orders.services.events import shop_cancelled
from tests.catalog import shelf
from tests.catalog.stock.arrange import received, stock
from tests.orders.desk.arrange import MINUTE, NOW, accepted, on_duty, reach

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def handed_over() -> OrderProgress:
    agent = on_duty("li_lei")
    progress = accepted(agent)
    reach(progress, agent, at=NOW + MINUTE)
    desk.confirm_order(order_id=progress.pk, by=agent, now=NOW + 2 * MINUTE)
    return desk.hand_over(order_id=progress.pk, by=agent, now=NOW + 3 * MINUTE)


@pytest.mark.clause("C10.10", "C7.3")
def test_the_goods_leave_when_product_operations_take_the_order_over() -> None:
    made = received(shelf.sku("SKU-1"), 10)
    order = handed_over()
    assert stock(made) == 10
    operations = on_duty("zhao_operations")
    for _again in range(2):
        desk.take_order(order_id=order.pk, by=operations, now=NOW + 4 * MINUTE)
    assert stock(made) == 8
    movement = StockMovement.objects.get(source="order")
    assert (movement.by, movement.order_id) == (operations, order.pk)
    assert movement.reference == f"TM01/{order.number}"


def test_an_order_that_the_shop_cancels_before_delivery_brings_its_goods_back_once() -> None:
    made = received(shelf.sku("SKU-1"), 10)
    order = handed_over()
    desk.take_order(order_id=order.pk, by=on_duty("zhao_operations"), now=NOW + 4 * MINUTE)
    for facts in ({"status": "closed"}, {"status": "refunded"}):
        shop_cancelled(order_id=order.pk, source="csv", facts=facts, by=None, now=NOW + 5 * MINUTE)
    assert stock(made) == 10


def test_an_order_that_is_cancelled_before_it_was_taken_over_moves_nothing() -> None:
    made = received(shelf.sku("SKU-1"), 10)
    order = handed_over()
    shop_cancelled(order_id=order.pk, source="csv", facts={"status": "closed"}, by=None, now=NOW + 5 * MINUTE)
    assert stock(made) == 10
    assert OrderProgress.objects.get(pk=order.pk).state == rules.HANDED_OVER


def test_goods_that_the_catalog_does_not_know_hold_no_order_up() -> None:
    order = handed_over()
    desk.take_order(order_id=order.pk, by=on_duty("zhao_operations"), now=NOW + 4 * MINUTE)
    [row] = UnmatchedGoods.objects.all()
    assert (row.code, row.title, int(row.quantity), row.shop) == ("SKU-1", "保温杯", 2, "TM01")
