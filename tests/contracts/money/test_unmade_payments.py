"""P2.2: goods do not fall away under a payment that is agreed to and neither made nor dropped: what was paid in advance
is only money that has gone."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from contracts.models import (
    OrderEvent,
    PayableVoid,
    Payment,
    PurchaseOrder,
    ReadyLess,
    ReadyLine,
    SetOff,
)
from contracts.rules.money import ZERO
from contracts.selectors import account
from contracts.selectors.statements import statement_of
from contracts.services import payments, recounting
from office.errors import Conflict
from office.notices.models import Notice
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, MINUTE, NOW, TODAY
from tests.contracts.orders import arrange
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site"), pytest.mark.clause("P2.2")]
LATER = NOW + 10 * MINUTE


def one_over() -> tuple[PurchaseOrder, Payment]:
    """Ten chairs at 100, paid before shipping: nine leave, ten come, and the tenth that stands ready, worth 70 beside
    its deposit, is under a payment that is agreed to and not made."""
    found = stage.order(settlement="on_shipment")
    stage.ready(found, 9)
    stage.settle(found)
    waiting = stage.agreed(stage.ready(found, 1, now=LATER), now=LATER)
    [first] = stage.arrive(stage.ship(found, 6, now=LATER), 7, now=LATER)
    stage.judge(first, 7, now=LATER)
    [second] = stage.arrive(stage.ship(found, 3, number="D-2", now=LATER), 3, now=LATER)
    stage.judge(second, 3, now=LATER)
    found.refresh_from_db()
    return found, waiting


def closing(of: PurchaseOrder) -> str:
    return str(statement_of(of.supplier, TODAY.replace(day=1)).closing)


@pytest.mark.clause("P7c")
def test_a_whole_order_stays_open_while_an_agreed_payment_for_ready_goods_is_not_made() -> None:
    found, waiting = one_over()
    assert found.state == "shipped"
    assert not SetOff.objects.exists()
    assert not PayableVoid.objects.exists()
    told = Notice.objects.filter(kind="contracts.whole_unpaid", subject_id=str(found.pk))
    assert {each.recipient_id for each in told} >= {found.buyer_id}
    page = signed_in("luo_buyer").get(reverse("contracts:order", args=[found.pk])).content.decode()
    assert f"#{waiting.pk}" in page
    paying = signed_in("luo_buyer").get(reverse("contracts:payment", args=[waiting.pk])).content.decode()
    assert f"{found.number} 的货已全部验收" in paying


def test_dropped_it_closes_the_order_and_nothing_comes_free_that_was_not_paid() -> None:
    found, waiting = one_over()
    payments.drop(payment_id=waiting.pk, reason="不再需要", by=person("luo_buyer"), now=LATER)
    found.refresh_from_db()
    assert found.state == "closed"
    void = PayableVoid.objects.get()
    assert (str(void.amount), str(void.paid)) == ("70.00", "0.00")
    assert SetOff.objects.get(kind="advance").amount == Decimal("30.00")  # of the deposit, which was paid
    assert account.open_payables(found.supplier)[0][1] == Decimal("100.00")  # the piece that came over
    assert closing(found) == "70.00"


def test_made_it_closes_the_order_and_the_money_that_went_is_free() -> None:
    found, waiting = one_over()
    stage.pay(waiting, "PZ-M1", now=LATER + 5 * MINUTE)
    found.refresh_from_db()
    assert found.state == "closed"
    assert SetOff.objects.get(kind="advance").amount == Decimal("100.00")  # 70 of it, and 30 of the deposit
    assert (
        closing(found) == "0.00"
    )  # the piece that came over, less what was paid for the one that does not come


@pytest.mark.clause("P7a")
def test_a_recount_that_finds_one_missing_lets_the_paid_piece_leave_after_all() -> None:
    found, waiting = one_over()
    short = found.deliveries.get(number="D-2").arrival.lines.get()
    recounting.recount(
        arrived_id=short.pk, was=3, counted=2, reason="漏数", by=person("xu_warehouse"), now=LATER
    )
    stage.pay(waiting, "PZ-M1", now=LATER + 5 * MINUTE)
    found.refresh_from_db()
    assert found.state == "shipped"
    [last] = stage.arrive(stage.ship(found, 1, number="D-3", now=LATER + DAY), 1, now=LATER + DAY)
    stage.judge(last, 1, now=LATER + DAY)
    found.refresh_from_db()
    assert found.state == "closed"
    assert not SetOff.objects.filter(kind="advance").exists()
    assert closing(found) == "0.00"  # ten chairs for what ten chairs cost


def test_a_recount_that_makes_the_order_whole_waits_for_the_payment_too() -> None:
    found, waiting = one_over()
    row = found.deliveries.get(number="D-2").arrival.lines.get()
    for was, counted in ((3, 2), (2, 3)):
        recounting.recount(
            arrived_id=row.pk, was=was, counted=counted, reason="漏数", by=person("xu_warehouse"), now=LATER
        )
    stage.judge(row, 1, now=LATER)
    found.refresh_from_db()
    assert found.state == "shipped"
    payments.drop(payment_id=waiting.pk, reason="不再需要", by=person("luo_buyer"), now=LATER)
    found.refresh_from_db()
    assert found.state == "closed"


@pytest.mark.clause("P1.5")
def test_an_order_does_not_end_while_claims_of_ours_stand_for_it_in_a_payment_that_is_not_made() -> None:
    """The claim pays this order's deposit, the money another's: it counts once the money has gone."""
    found = stage.order()
    other = stage.order(of=found.supplier)
    claim = stage.claim(found.supplier, "300.00")
    waiting = stage.agreed(stage.deposit(found), stage.deposit(other), claims=[claim])
    with pytest.raises(Conflict, match=f"#{waiting.pk}") as refused:
        arrange.agreed_end(found, "cancel")
    assert refused.value.code == "unpaid"
    payments.drop(payment_id=waiting.pk, reason="不再需要", by=person("luo_buyer"), now=LATER)
    arrange.agreed_end(found, "cancel", now=LATER)
    assert not SetOff.objects.filter(kind="advance").exists()


def by_hand(found: PurchaseOrder, *, paid: str, amount: str = "0.00") -> PayableVoid:
    """The piece that stands ready falls away, as the application's login can write it."""
    line = ReadyLine.objects.order_by("-pk")[0]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        void = PayableVoid.objects.create(
            payable=line.notice.payable, amount=Decimal(amount), goods=Decimal("100.00"), paid=Decimal(paid),
            reason="x", clause="P2.2", by=person("luo_buyer"), at=LATER,
        )  # fmt: skip
        ReadyLess.objects.create(line=line, void=void, quantity=1)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return void


def test_the_database_lets_nothing_fall_away_under_a_payment_that_is_not_made() -> None:
    found, waiting = one_over()
    for paid in ("70.00", "0.00"):
        with pytest.raises(IntegrityError, match=r"neither made nor dropped \(P2\.2\)"):
            by_hand(found, paid=paid)
    with pytest.raises(IntegrityError, match=r"neither made nor dropped"), transaction.atomic():
        OrderEvent.objects.create(order=found, word="closed", at=LATER, by=person("luo_buyer"))
    payments.drop(payment_id=waiting.pk, reason="不再需要", by=person("luo_buyer"), now=LATER)


def test_the_database_lets_no_more_come_free_than_money_went() -> None:
    found = stage.order(settlement="on_shipment")
    stage.settle(found)
    owed = stage.ready(found, 1)
    with pytest.raises(IntegrityError, match=r"no more comes free than has gone \(P2\.2\)"):
        by_hand(found, paid="70.00")
    facts = {
        "supplier": found.supplier, "order": found, "kind": "advance", "counts": False, "text": "x",
        "paper_label": "x", "authority_clause": "P2.2", "by": person("luo_buyer"), "at": NOW, "on": TODAY,
    }  # fmt: skip
    for paper, amount in (
        (("purchase_order", str(found.pk)), "300.01"),
        (("purchase_order", str(found.pk + 1)), "1.00"),
        (("payable_void", "0"), "1.00"),
        (("complaint", "1"), "1.00"),
    ):
        with pytest.raises(IntegrityError, match=r"no more comes free than has gone"), transaction.atomic():
            SetOff.objects.create(paper_type=paper[0], paper_id=paper[1], amount=Decimal(amount), **facts)
    void = by_hand(found, paid="0.00", amount="70.00")
    with pytest.raises(IntegrityError, match=r"no more comes free than has gone"), transaction.atomic():
        SetOff.objects.create(
            paper_type="payable_void", paper_id=str(void.pk), amount=Decimal("70.00"), **facts
        )
    assert account.payable_left([owed])[owed.pk] == ZERO
