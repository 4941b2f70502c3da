"""What the database refuses of stock, whoever asks, and what stays true under any order of movements."""

from __future__ import annotations

import random

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from catalog.models import StockBalance, StockCountLine, StockMovement
from catalog.services.stock import counting, moving
from catalog.services.stock.counting import Entry
from catalog.services.stock.orders import goods_back
from office.audit.lawful import LawRefused
from office.errors import Conflict, Refused
from tests.catalog.shelf import HOUR, NOW, sku
from tests.catalog.stock.arrange import counting_of, hand_in, received, sold, stock, take_over
from tests.deadlines.test_concurrency import at_once
from tests.people import person

site = pytest.mark.usefixtures("site")


def refused(statement: str, *values: str | int | None) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except DatabaseError:
        return True
    return False


INSERT = """
INSERT INTO catalog_stockmovement
    (sku_id, source, change, after, at, reason, note, reference, key, authority_clause, count_id, run_id)
VALUES (%s, %s, %s, %s, '2026-11-23 12:00+00', '', '', '', %s, %s, %s, %s)
"""


@site
@pytest.mark.django_db
@pytest.mark.clause("C7.5")
def test_a_movement_is_law() -> None:
    made = received(sku(), 5)
    assert refused("UPDATE catalog_stockmovement SET change = 6")
    assert refused("DELETE FROM catalog_stockmovement")
    assert refused("TRUNCATE catalog_stockmovement")
    with pytest.raises(LawRefused):
        StockMovement.objects.all().delete()
    assert stock(made) == 5


@site
@pytest.mark.django_db
def test_a_balance_is_written_by_its_movements_alone() -> None:
    made = received(sku(), 5)
    assert refused("UPDATE catalog_stockbalance SET quantity = 50")
    assert refused("DELETE FROM catalog_stockbalance")
    assert refused("TRUNCATE catalog_stockbalance")
    other = sku("SF-9", of=made.product)
    assert refused("INSERT INTO catalog_stockbalance VALUES (%s, 5, now())", other.pk)


@site
@pytest.mark.django_db
def test_what_a_movement_left_is_computed_whatever_is_written() -> None:
    made = received(sku(), 5)
    assert not refused(INSERT, made.pk, "receipt", 2, 999, "", "C10.10", None, None)
    assert StockMovement.objects.latest("id").after == 7


@site
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("source", "change", "clause"),
    [
        ("receipt", 0, "C10.10"),  # nothing moves
        ("receipt", -1, "C10.10"),  # a receipt only brings
        ("order", 1, "C10.10"),  # an order only takes
        ("correction", -6, "C10.10"),  # more than there is
        ("clearance", -6, "J1.11"),
        ("receipt", 1, ""),  # on nobody's word
        ("receipt", 1, "C11.1"),  # a clause that lets nobody move stock
        ("count", -1, "J6"),  # a count without a count
    ],
)
def test_a_movement_that_cannot_be_is_refused(source: str, change: int, clause: str) -> None:
    made = received(sku(), 5)
    assert refused(INSERT, made.pk, source, change, 0, "", clause, None, None)
    assert stock(made) == 5


@site
@pytest.mark.django_db
def test_one_key_moves_once() -> None:
    made = received(sku(), 5)
    assert not refused(INSERT, made.pk, "order", -1, 0, "order:1:1:out", "C10.10", None, None)
    assert refused(INSERT, made.pk, "order", -1, 0, "order:1:1:out", "C10.10", None, None)


@site
@pytest.mark.django_db
def test_a_count_moves_what_was_counted_and_over_the_limit_what_was_agreed() -> None:
    person("chen_manager")
    made = received(sku(), 10)
    count = counting_of(made)
    counting.enter_counts(
        count_id=count.pk, entries=[Entry(made.pk, 4, "lost")], by=person("xu_warehouse"), now=NOW + HOUR
    )
    assert refused(INSERT, made.pk, "count", -6, 0, "", "C10.10", count.pk, None)  # not handed in
    run = hand_in(count, now=NOW + HOUR)
    assert run is not None
    assert refused(INSERT, made.pk, "count", -6, 0, "", "C10.10", count.pk, None)  # over the limit
    assert refused(INSERT, made.pk, "count", -6, 0, "", "", count.pk, run.pk)  # not agreed
    assert refused(INSERT, made.pk, "count", -5, 0, "", "C10.10", count.pk, None)  # not what was counted


@site
@pytest.mark.django_db
def test_a_count_that_was_handed_in_is_fixed() -> None:
    made = received(sku(), 10)
    count = counting_of(made)
    hand_in(count, Entry(made.pk, 10), now=NOW + HOUR)
    assert refused("UPDATE catalog_stockcountline SET counted = 3")
    assert refused("DELETE FROM catalog_stockcountline")
    assert refused(
        "UPDATE catalog_stockcount SET state = 'open', handed_in_at = NULL, handed_in_by_id = NULL"
    )
    assert refused("DELETE FROM catalog_stockcount")
    assert StockCountLine.objects.get().counted == 10


@site
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_the_stock_is_the_sum_of_its_movements_whatever_happens(seed: int) -> None:
    chance = random.Random(seed)
    made = sku(cost="1.00")
    person("chen_manager")  # agrees to what adds up over the limit
    orders = 0
    for step in range(25):
        now, pieces = NOW + step * HOUR, chance.randint(1, 6)
        try:
            match chance.choice(["receive", "order", "back", "clear", "correct", "count"]):
                case "receive":
                    received(made, pieces, now=now)
                case "order":
                    orders += 1
                    take_over(sold(("SF-2301", pieces), id=orders), now=now)
                case "back":
                    goods_back(order_id=chance.randint(1, orders + 1), by=None, now=now)
                case "clear":
                    moving.clear_stock(
                        sku_id=made.pk, pieces=pieces, reason="buy_out", reference="x",
                        by=person("luo_buyer"), now=now,
                    )  # fmt: skip
                case "correct":
                    moving.correct_stock(
                        sku_id=made.pk, change=chance.choice([-1, 1]) * pieces, reason="lost",
                        by=person("xu_warehouse"), now=now,
                    )  # fmt: skip
                case "count":
                    counted = max(0, stock(made) + chance.randint(-5, 5))
                    hand_in(counting_of(made, now=now), Entry(made.pk, counted, "lost"), now=now)
                    assert stock(made) in (counted, stock(made))
        except Refused as refusal:
            assert refusal.code in {"not_enough", "beyond"}  # noqa: PT017
    total = StockMovement.objects.filter(sku=made).aggregate(total=Sum("change"))["total"] or 0
    last = StockMovement.objects.filter(sku=made).order_by("-id").first()
    assert stock(made) == total == (last.after if last else 0)


@pytest.mark.django_db(transaction=True)
@site
def test_two_movements_at_once_wait_for_each_other_and_none_is_lost() -> None:
    made = received(sku(cost="1.00"), 5)
    keeper, buyer = person("xu_warehouse"), person("luo_buyer")

    def clear() -> object:
        return moving.clear_stock(
            sku_id=made.pk, pieces=3, reason="buy_out", reference="x", by=buyer, now=NOW + HOUR
        )

    def receive() -> object:
        return moving.receive(sku_id=made.pk, pieces=1, by=keeper, now=NOW + HOUR)

    raised = at_once(clear, clear, receive)
    cleared = 2 - len(raised)
    assert all(isinstance(error, Conflict) for error in raised)
    assert StockBalance.objects.get(pk=made.pk).quantity == 5 + 1 - 3 * cleared >= 0


@pytest.mark.django_db(transaction=True)
@site
def test_one_order_that_is_taken_over_twice_at_once_moves_once() -> None:
    made = received(sku(), 5)
    person("zhao_operations")
    order = sold(("SF-2301", 2))
    at_once(*[lambda: take_over(order)] * 3)
    assert stock(made) == 3
