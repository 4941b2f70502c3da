"""The short way of booking one order writes what the long way writes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction

from conftest import _admin
from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.models import CustomerKey, Order, Shop
from orders.services import booking_fresh
from orders.services.booking import book_orders
from orders.services.booking.prepare import prepare
from orders.services.booking_fresh import Taken, book_fresh
from orders.services.shops import add_shop
from tests.orders.hooks.samples import NOW

pytestmark = pytest.mark.django_db
TABLES = {
    "orders_order": (
        "shop_id",
        "received_at",
        "placed_at",
        "currency",
        "total",
        "paid",
        "source",
        "historical",
    ),
    "orders_orderline": ("position", "sku", "title", "quantity", "price", "amount"),
    "orders_orderprogress": (
        "state",
        "shop_id",
        "received_at",
        "total",
        "goods",
        "due_at",
        "due_rule",
        "version",
    ),
    "orders_customerindex": ("phone", "last4", "grams"),
    "orders_orderevent": ("kind", "source", "batch_id", "recorded_at"),
    "audit_entry": ("at", "verb", "subject_type", "actor_id", "clause"),
    "deadlines_deadline": (
        "rule",
        "clause",
        "version_id",
        "state",
        "started_at",
        "due_at",
        "plan_at",
        "plan_to",
    ),
}


def order(number: str, **changes: Any) -> IncomingOrder:
    given: dict[str, Any] = {
        "lines": (
            IncomingLine("A-1", "床头柜", Decimal(2), Decimal("64.5"), Decimal(129)),
            IncomingLine("", "台灯", Decimal("0.5")),
        ),
        "customer": IncomingCustomer("张伟", "14000012345", "浙江省杭州市香樟路1号", {"message": "周末送"}),
        "placed_at": NOW - dt.timedelta(minutes=1),
        "total": Decimal("129"),
        "facts": {"status": "paid"},
        **changes,
    }
    return IncomingOrder(number=number, **given)


def short(shop: Shop, incoming: IncomingOrder) -> Any:
    return together(shop, [incoming])[0]


def together(shop: Shop, incoming: list[IncomingOrder]) -> list[Any]:
    return book_fresh(
        shop=shop,
        orders=[prepare(one) for one in incoming],
        source="api",
        by=None,
        now=NOW,
    )


def rows() -> dict[str, list[Any]]:
    """What both ways wrote, without keys, ciphertext and times of the machine, oldest first."""
    found = {}
    with connection.cursor() as cursor:
        for table, columns in TABLES.items():
            first = "id" if table not in ("orders_orderprogress", "orders_customerindex") else "order_id"
            cursor.execute(
                f"SELECT {', '.join(f'{column}::text' for column in columns)} FROM {table} ORDER BY {first}"
            )
            found[table] = cursor.fetchall()
    return found


@pytest.mark.parametrize(
    "changes",
    [{}, {"facts": {}}, {"customer": IncomingCustomer()}, {"total": None, "placed_at": None}],
    ids=["full", "no facts", "nobody", "bare"],
)
def test_both_ways_write_the_same(changes: dict[str, Any]) -> None:
    shop = add_shop(code="API01", name="x", platform="api", by=None, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_entry")
        before = cursor.fetchone()[0]
    book_orders(shop=shop, orders=[order("L", **changes)], source="api", by=None, now=NOW)
    assert short(shop, order("S", **changes)).status == "inserted"
    for table, written in rows().items():
        told = written[before:] if table == "audit_entry" else written
        half = len(told) // 2
        assert told[:half] == told[half:], table
    assert CustomerKey.objects.count() == (1 if "customer" not in changes else 2)


def test_the_ledger_verifies_what_came_the_short_way(capsys: pytest.CaptureFixture[str]) -> None:
    shop = add_shop(code="API01", name="x", platform="api", by=None, now=NOW)
    short(shop, order("S"))
    call_command("verify_ledger")
    assert capsys.readouterr().out.startswith("ok: orders 1,")


def test_a_known_number_and_a_cancelled_order_are_left_to_the_long_way() -> None:
    shop = add_shop(code="API01", name="x", platform="api", by=None, now=NOW)
    short(shop, order("S"))
    assert short(shop, order("S")) is None
    assert short(shop, order("T", cancelled=True)) is None
    assert Order.objects.count() == 1


def test_the_same_terms_are_recognised_across_both_ways() -> None:
    shop = add_shop(code="API01", name="x", platform="api", by=None, now=NOW)
    short(shop, order("S"))
    same, other = book_orders(
        shop=shop, orders=[order("S"), order("S", total=Decimal(1))], source="csv", by=None, now=NOW
    )
    assert (same.status, other.status) == ("duplicate", "conflict")


def test_a_customer_taken_meanwhile_is_said_and_nothing_written(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = add_shop(code="API01", name="x", platform="api", by=None, now=NOW)
    short(shop, order("S"))
    real = booking_fresh._keys_for

    def blind(fresh: Any, now: dt.datetime) -> Any:
        return real([(new, (*row[:3], None, None, None, 10**9, *row[7:])) for new, row in fresh], now)

    monkeypatch.setattr(booking_fresh, "_keys_for", blind)
    with pytest.raises(Taken), transaction.atomic():
        short(shop, order("T"))
    assert Order.objects.count() == 1


def test_a_round_writes_what_the_long_way_writes(capsys: pytest.CaptureFixture[str]) -> None:
    shop = add_shop(code="API01", name="x", platform="api", by=None, now=NOW)
    kinds: list[dict[str, Any]] = [{}, {"facts": {}}, {"customer": IncomingCustomer()}, {"total": None}]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_entry")
        before = cursor.fetchone()[0]
    long = [order(f"L{at}", **changes) for at, changes in enumerate(kinds)]
    book_orders(shop=shop, orders=long, source="api", by=None, now=NOW)
    answers = together(shop, [order(f"S{at}", **changes) for at, changes in enumerate(kinds)])
    assert [(answer.number, answer.status) for answer in answers] == [
        (f"S{at}", "inserted") for at in range(4)
    ]
    for table, written in rows().items():
        told = written[before:] if table == "audit_entry" else written
        half = len(told) // 2
        assert told[:half] == told[half:], table
    call_command("verify_ledger")
    assert capsys.readouterr().out.startswith("ok: orders 8,")


def test_new_customers_of_one_phone_share_a_key_and_known_ones_keep_theirs() -> None:
    shop = add_shop(code="API01", name="x", platform="api", by=None, now=NOW)
    together(shop, [order("A"), order("B"), order("C", customer=IncomingCustomer("李", "14000012346"))])
    together(shop, [order("D"), order("E", customer=IncomingCustomer())])
    keys = dict(Order.objects.values_list("number", "customer_key_id"))
    assert keys["A"] == keys["B"] == keys["D"]
    assert len(set(keys.values())) == 3 == CustomerKey.objects.count()


def test_a_known_number_in_a_round_is_left_out() -> None:
    shop = add_shop(code="API01", name="x", platform="api", by=None, now=NOW)
    short(shop, order("A"))
    answers = together(shop, [order("A"), order("B"), order("C", cancelled=True)])
    assert [answer and answer.status for answer in answers] == [None, "inserted", None]
    assert Order.objects.count() == 2


def test_what_the_database_refuses_is_no_meeting_of_two() -> None:
    """Only a unique key means that another transaction was first."""
    shop = add_shop(code="API01", name="x", platform="api", by=None, now=NOW)
    shop.pk = 10**9  # no such shop: a foreign key fails
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError):
        short(shop, order("S"))


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_dies_books_nothing_and_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = add_shop(code="API01", name="x", platform="api", by=None, now=NOW)

    def dies(*_args: Any, **_kwargs: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            _admin("postgres", f"SELECT pg_terminate_backend({cursor.fetchone()[0]})")
            cursor.execute("SELECT 1")

    monkeypatch.setattr(booking_fresh, "add_order", dies)
    with pytest.raises(OperationalError):
        short(shop, order("S"))
    assert connection.connection is None
    assert not Order.objects.exists()
