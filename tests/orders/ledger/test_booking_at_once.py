"""Two workers with the same orders or the same customers: no doubles, no ring of locks, nobody fails."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection

from orders.intake.incoming import IncomingOrder
from orders.models import CustomerKey, Order, OrderEvent
from orders.services.booking import Booking
from orders.services.booking.flow import LOCKS_PER_NUMBER
from tests.orders.ledger.arrange import ZHANG, book, incoming, shop

pytestmark = pytest.mark.django_db(transaction=True)
MANY = LOCKS_PER_NUMBER * 3


def book_at_once(*lists: tuple[str, Sequence[IncomingOrder]]) -> list[list[Booking]]:
    """Each (shop, orders) in a thread with a connection of its own, started together."""
    for code, _orders in lists:
        shop(code)
    barrier = threading.Barrier(len(lists))

    def one(code: str, orders: Sequence[IncomingOrder]) -> list[Booking]:
        try:
            barrier.wait(10)
            return book(*orders, code=code)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(lists)) as pool:
        return [future.result(60) for future in [pool.submit(one, *given) for given in lists]]


def statuses(found: list[list[Booking]]) -> Counter[str]:
    return Counter(booking.status for bookings in found for booking in bookings)


def test_one_order_sent_by_eight_is_booked_once() -> None:
    found = book_at_once(*[("TM01", [incoming(facts={"status": "paid"})])] * 8)
    assert statuses(found) == {"inserted": 1, "duplicate": 7}
    assert (Order.objects.count(), OrderEvent.objects.count()) == (1, 1)


def test_two_uploads_of_one_file_book_each_order_once() -> None:
    orders = [incoming(f"N{i}") for i in range(MANY)]
    found = book_at_once(("TM01", orders), ("TM01", list(reversed(orders))))
    assert statuses(found) == {"inserted": MANY, "duplicate": MANY}


def test_a_file_and_webhooks_of_one_shop_do_not_block_each_other_for_good() -> None:
    orders = [incoming(f"N{i}") for i in range(MANY)]
    found = book_at_once(("TM01", orders), *[("TM01", orders[i : i + 3]) for i in range(0, 18, 3)])
    assert statuses(found) == {"inserted": MANY, "duplicate": 18}


def test_the_same_new_customers_in_two_shops_get_one_key_each() -> None:
    people = [replace(ZHANG, phone=f"138000000{i:02d}") for i in range(30)]
    orders = [incoming(f"N{i}", customer=someone) for i, someone in enumerate(people)]
    found = book_at_once(*[(f"S{n}", orders if n % 2 else list(reversed(orders))) for n in range(6)])
    assert statuses(found) == {"inserted": 180}
    assert CustomerKey.objects.count() == 30
