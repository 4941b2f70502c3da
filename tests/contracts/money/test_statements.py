"""The statement of a supplier's month, from what was really booked."""

from __future__ import annotations

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from contracts.selectors import statements
from contracts.services import setoffs
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, MINUTE, NOW, D
from tests.contracts.orders import arrange
from tests.people import person

pytestmark = pytest.mark.django_db

NOVEMBER, DECEMBER, JANUARY = date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)


@pytest.mark.clause("P2.2")
def test_it_opens_where_the_month_before_closed_and_adds_up() -> None:
    order = stage.order()
    deposit = stage.deposit(order)
    stage.pay(stage.agreed(deposit), invoices="")
    due = stage.goods(order, 10, now=NOW + 9 * DAY)  # 2 December
    claim = stage.claim(order.supplier, "120.50", now=NOW + 10 * DAY)
    stage.pay(stage.agreed(due, claims=[claim], now=NOW + 11 * DAY), "PZ-2", now=NOW + 12 * DAY)
    november = statements.statement_of(order.supplier, NOVEMBER)
    assert [(line.entry.kind, str(line.entry.amount)) for line in november.lines] == [("payment", "300.00")]
    assert str(november.closing) == "-300.00"
    december = statements.statement_of(order.supplier, DECEMBER)
    assert december.opening == november.closing
    assert [(line.entry.kind, str(line.balance)) for line in december.lines] == [
        ("delivery", "700.00"),
        ("set_off", "579.50"),
        ("payment", "0.00"),
    ]
    assert (str(december.deliveries), str(december.payments), str(december.set_offs)) == (
        "1000.00",
        "579.50",
        "120.50",
    )
    assert str(december.closing) == "0.00"
    assert december.lines[2].entry.paper.startswith("PZ-2")
    assert statements.statement_of(order.supplier, JANUARY).closing == 0


def test_a_claim_taken_back_is_owed_again_and_an_unused_deposit_counts_once() -> None:
    order = stage.order()
    deposit = stage.deposit(order)
    stage.pay(stage.agreed(deposit), invoices="")
    arrange.agreed_end(order, "cancel", now=NOW + DAY)
    claim = stage.claim(order.supplier, "50", now=NOW + DAY)
    setoffs.take_back(set_off_id=claim.pk, reason="误记", by=person("chen_manager"), now=NOW + DAY + MINUTE)
    found = statements.statement_of(order.supplier, NOVEMBER)
    assert [str(line.balance) for line in found.lines] == ["-300.00", "-350.00", "-300.00"]
    assert found.set_offs == D(0)


def test_it_asks_as_often_for_a_long_month_as_for_a_short_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    order = stage.order((100, "10.00"))
    for n in range(6):
        stage.goods(order, 10, f"D-{n}")
        stage.claim(order.supplier, "1", about=str(n))
    with django_assert_max_num_queries(10):
        assert len(statements.statement_of(order.supplier, NOVEMBER).lines) == 12
