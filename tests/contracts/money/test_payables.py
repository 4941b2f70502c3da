"""What falls due for an order: the deposit, balances by arrival or shipment, cuts and shortages."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.models import Payable, PayableVoid, SetOff
from contracts.selectors import account
from contracts.services import ending, payables, payments
from office.approvals import api as approvals
from office.audit.models import Entry
from office.deadlines.models import Deadline
from office.errors import Conflict, Refused
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, NOW, TODAY
from tests.contracts.orders import arrange
from tests.people import everybody, person

pytestmark = pytest.mark.django_db
#: After what was paid in advance.
LATER = NOW + 10 * stage.MINUTE


def clock(found: Payable) -> Deadline:
    return Deadline.objects.get(subject_type="payable", subject_id=str(found.pk), state="open")


@pytest.mark.clause("P2.2")
def test_the_deposit_falls_due_when_the_supplier_returns_the_order() -> None:
    found = stage.deposit(stage.order())
    assert (str(found.amount), found.due_on, found.clause) == ("300.00", TODAY + 3 * DAY, "P2.2")
    assert clock(found).rule == "contracts.deposit_due"
    assert (
        clock(found).due_at.astimezone(world.ZONE).date() == TODAY + 4 * DAY
    )  # the midnight that ends the day
    assert Entry.objects.filter(verb="contracts.open_payable", subject_id=str(found.pk)).exists()


@pytest.mark.clause("P7b")
def test_so_it_does_when_the_order_counts_as_accepted() -> None:
    everybody()
    order = arrange.deemed()
    assert str(stage.deposit(order).amount) == "3600.00"


def test_an_order_has_one_deposit() -> None:
    order = stage.order()
    assert payables.order_accepted(order=order, by=None, now=NOW) is None
    assert Payable.objects.count() == 1


def test_a_contract_without_deposit_has_none() -> None:
    stage.order(deposit_percent="0")
    assert not Payable.objects.exists()


@pytest.mark.clause("P2.2")
def test_a_months_arrivals_fall_due_thirty_days_after_each() -> None:
    order = stage.order()
    first = stage.goods(order, 4)
    second = stage.goods(order, 6, "D-2", NOW + 10 * DAY)
    assert [(str(each.goods), str(each.amount), each.due_on) for each in (first, second)] == [
        ("400.00", "280.00", date(2026, 12, 23)),
        ("600.00", "420.00", date(2027, 1, 2)),
    ]
    assert clock(first).rule == "contracts.balance"
    assert clock(first).due_at.astimezone(world.ZONE).date() == date(2026, 12, 24)


def test_days_of_the_contract_count_and_so_does_the_day_of_arrival() -> None:
    order = stage.order(balance_days=45, deposit_percent="0")
    delivery = stage.ship(order, 10)
    later = NOW + 2 * DAY
    [line] = stage.arrive(delivery, 10, on=TODAY, now=later)
    owed = stage.judge(line, 10, now=later).owed
    assert owed is not None
    assert owed.due_on == TODAY + 45 * DAY


def test_goods_accepted_late_are_asked_for_within_the_time_of_a_deposit() -> None:
    order = stage.order(balance_days=1)
    [line] = stage.arrive(stage.ship(order, 10), 10)
    late = NOW + 9 * DAY
    owed = stage.judge(line, 10, now=late).owed
    assert owed is not None
    assert owed.due_on == TODAY + DAY
    assert clock(owed).due_at.astimezone(world.ZONE).date() == late.date() + 4 * DAY


def test_a_contract_paid_by_the_month_owes_nothing_on_shipping() -> None:
    assert not stage.ship(stage.order(), 10).payables.exists()


@pytest.mark.clause("P3.1")
def test_refused_pieces_are_paid_when_they_come_again() -> None:
    order = stage.order()
    [line] = stage.arrive(stage.ship(order, 10), 10)
    first = stage.judge(line, 7, 3, "repair").owed
    second = stage.goods(order, 3, "D-2")
    assert first is not None
    assert [str(each.goods) for each in (first, second)] == ["700.00", "300.00"]
    assert [str(each.amount) for each in (first, second)] == ["490.00", "210.00"]


@pytest.mark.clause("P3.1")
def test_a_cut_price_is_set_off_with_its_paper() -> None:
    [line] = stage.arrive(stage.ship(stage.order(), 10), 10)
    booked = stage.judge(line, 10, 0, "price_cut", "60.00")
    assert booked.owed is not None
    [claim] = booked.claims
    assert str(booked.owed.goods) == "1000.00"
    assert (str(claim.amount), claim.kind, claim.authority_clause) == ("60.00", "price_cut", "P3.1")


def test_what_is_short_after_it_was_paid_is_set_off() -> None:
    order = stage.order(settlement="on_shipment")
    [line] = stage.arrive(stage.ship_paid(order, 10), 9, now=LATER)
    booked = stage.judge(line, 7, 2, "return", now=LATER)
    assert booked.owed is None
    [claim] = booked.claims
    assert (str(claim.amount), claim.kind) == ("300.00", "missing")


def test_what_is_repaired_after_it_was_set_off_is_owed_when_it_ships_again() -> None:
    order = stage.order(settlement="on_shipment")
    [line] = stage.arrive(stage.ship_paid(order, 10), 10, now=LATER)
    [claim] = stage.judge(line, 7, 3, "repair", now=LATER).claims
    again = stage.ready(order, 3, now=LATER)
    assert (str(claim.amount), str(again.amount)) == ("300.00", "300.00")
    stage.agreed(again, claims=[claim], now=LATER)  # no money goes: the claim covers it
    stage.ship(order, 3, number="D-2", now=LATER + DAY)


def test_pieces_that_nobody_has_judged_yet_stay_paid() -> None:
    order = stage.order(settlement="on_shipment")
    [line] = stage.arrive(stage.ship_paid(order, 10), 10, now=LATER)
    assert stage.judge(line, 4, now=LATER) == stage.judge(line, 6, now=LATER) == stage.Booked(None, [])


def test_more_than_was_shipped_is_owed_when_it_is_accepted() -> None:
    order = stage.order(settlement="on_shipment")
    [line] = stage.arrive(stage.ship_paid(order, 9), 10, now=LATER)
    more = stage.judge(line, 10, now=LATER).owed
    assert more is not None
    assert (str(more.goods), str(more.amount), more.due_on) == ("100.00", "70.00", TODAY + 3 * DAY)


def test_nothing_judged_books_nothing() -> None:
    everybody()
    assert payables.goods_accepted(acceptances=[], by=person("song_inspector"), now=NOW) == []


@pytest.mark.clause("P1.5")
def test_the_deposit_of_a_cancelled_order_is_owed_no_longer() -> None:
    order = stage.order()
    found = stage.deposit(order)
    arrange.agreed_end(order, "cancel")
    order.refresh_from_db()
    assert order.state == "cancelled"
    assert account.payable_left([found])[found.pk] == 0
    assert not Deadline.objects.filter(subject_type="payable", state="open").exists()
    payables.order_cancelled(order=order, by=person("luo_buyer"), now=NOW, clause="P1.5")
    assert PayableVoid.objects.count() == 1


def test_an_ended_order_keeps_the_part_of_the_deposit_that_goods_carried() -> None:
    order = stage.order()
    stage.goods(order, 4)
    arrange.agreed_end(order, "end")
    found = stage.deposit(order)
    assert str(account.payable_left([found])[found.pk]) == "120.00"
    assert clock(found)


def test_a_paid_deposit_of_a_cancelled_order_is_free_for_other_payments() -> None:
    order = stage.order()
    stage.pay(stage.agreed(stage.deposit(order)))
    stage.goods(order, 4)
    arrange.agreed_end(order, "end")
    [(claim, left)] = account.open_set_offs(order.supplier)
    assert (claim.kind, claim.counts, str(left)) == ("advance", False, "180.00")


@pytest.mark.clause("P2.2")
def test_an_order_does_not_end_while_an_agreed_payment_for_it_is_neither_made_nor_dropped() -> None:
    order = stage.order()
    payment = stage.agreed(stage.deposit(order))
    with pytest.raises(Conflict, match=f"#{payment.pk}") as refused:
        arrange.agreed_end(order, "cancel")
    assert refused.value.code == "unpaid"
    assert not SetOff.objects.exists()
    payments.drop(payment_id=payment.pk, reason="the order is cancelled", by=person("luo_buyer"), now=NOW)
    arrange.agreed_end(order, "cancel")
    assert not SetOff.objects.exists()
    assert PayableVoid.objects.get().amount == stage.deposit(order).amount


@pytest.mark.clause("P2.2")
def test_a_payment_agreed_to_while_the_end_is_asked_for_holds_the_end_up() -> None:
    order = stage.order()
    run = ending.ask_to_end(
        order_id=order.pk, mode="cancel", ground="agreed", reason="no need", by=person("luo_buyer"), now=NOW
    )
    payment = stage.agreed(stage.deposit(order))
    with pytest.raises(Refused, match=f"#{payment.pk}"):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW, comment="")
    order.refresh_from_db()
    assert order.state != "cancelled"
    assert not SetOff.objects.exists()


def test_an_order_without_deposit_is_cancelled_without_money() -> None:
    order = stage.order(deposit_percent="0")
    payables.order_cancelled(order=order, by=None, now=NOW, clause="P1.5")
    assert not PayableVoid.objects.exists()
