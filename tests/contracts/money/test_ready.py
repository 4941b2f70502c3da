"""P2.2, paid before shipping: what stands ready is stated, paid for, and only then leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from contracts.models import (
    Delivery,
    DeliveryLine,
    Payable,
    PayableVoid,
    PurchaseOrder,
    ReadyLess,
    ReadyLine,
    ReadyNotice,
    SetOff,
)
from contracts.rules.money import ZERO
from contracts.rules.quantities import Ready
from contracts.selectors import account
from contracts.selectors import ready as selectors
from contracts.selectors.statements import statement_of
from contracts.services import breaches, inspecting, ordering, payables, payments, ready, recounting
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.notices.models import Notice
from tests.contracts import world
from tests.contracts.door import crossing
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, MINUTE, NOW, TODAY
from tests.contracts.orders import arrange
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site"), pytest.mark.clause("P2.2")]
LATER = NOW + 10 * MINUTE


def order(**terms: Any) -> PurchaseOrder:
    """Ten chairs at 100, in production, paid before shipping."""
    return stage.order(settlement="on_shipment", **terms)


def pieces(of: PurchaseOrder) -> Ready:
    return selectors.pieces([of.pk])[of.lines.get().pk]


def refused(code: str, kind: type[Refused] = Conflict) -> AbstractContextManager[Any]:
    """The verb refuses by this code."""

    @contextmanager
    def looked() -> Iterator[None]:
        with pytest.raises(kind) as found:
            yield
        told = (
            found.value.errors[0]["code"] if isinstance(found.value, Invalid) and found.value.errors else ""
        )
        assert code in (told, found.value.code), str(found.value)

    return looked()


def by_hand(of: PurchaseOrder, quantity: int) -> None:
    """A shipment that nobody asked the verb about."""
    with transaction.atomic():
        made = Delivery.objects.create(
            order=of, number=f"H-{quantity}", shipped_at=NOW, by=person("luo_buyer"), at=NOW
        )
        DeliveryLine.objects.create(delivery=made, line=of.lines.get(), quantity=quantity)


def require_not_leaving(of: PurchaseOrder, quantity: int, says: str = "") -> None:
    with pytest.raises(Invalid) as found:
        stage.ship(of, quantity, number="X", now=LATER)
    assert found.value.errors[0]["code"] == "not_paid"
    assert says in str(found.value)
    with pytest.raises(IntegrityError, match=r"P2\.2"):
        by_hand(of, quantity)


def test_what_is_stated_ready_falls_due_before_it_leaves() -> None:
    found = order()
    owed = stage.ready(found, 10, contact=stage.contact(found.supplier))
    assert (str(owed.goods), str(owed.amount), owed.due_on) == ("1000.00", "700.00", TODAY + 3 * DAY)
    assert (
        Deadline.objects.get(subject_type="payable", subject_id=str(owed.pk)).rule == "contracts.deposit_due"
    )
    assert Notice.objects.filter(kind="contracts.ready_stated", recipient=found.buyer).exists()


def test_nothing_leaves_that_is_not_stated_ready_nor_before_it_is_paid() -> None:
    found = order()
    require_not_leaving(found, 1, "报备货")
    stage.ready(found, 10)
    require_not_leaving(found, 1)
    stage.settle(found)
    stage.ship(found, 10, now=LATER)


def test_no_more_leaves_than_was_paid_for() -> None:
    found = order()
    stage.ready(found, 6)
    stage.settle(found)
    require_not_leaving(found, 7, "可发 6 件")
    stage.ship(found, 4, now=LATER)
    require_not_leaving(found, 3, "可发 2 件")
    stage.ship(found, 2, number="D-2", now=LATER)
    assert pieces(found) == Ready(6, 6, 6)


def test_what_is_agreed_to_and_not_paid_stays() -> None:
    found = order()
    payment = stage.agreed(stage.deposit(found), stage.ready(found, 10))
    require_not_leaving(found, 10)
    payments.drop(payment_id=payment.pk, reason="误", by=person("luo_buyer"), now=LATER)
    require_not_leaving(found, 10)


def test_without_the_deposit_nothing_leaves() -> None:
    found = order()
    stage.pay(stage.agreed(stage.ready(found, 10)))
    require_not_leaving(found, 1)
    assert selectors.deposit_open(found)
    stage.settle(found)
    stage.ship(found, 10, now=LATER)


def test_a_claim_of_ours_pays_like_money() -> None:
    found = order()
    stage.pay(stage.agreed(stage.deposit(found)))
    claim = stage.claim(found.supplier, "900.00")
    stage.agreed(stage.ready(found, 10), claims=[claim])
    stage.ship(found, 10, now=LATER)


def test_a_claim_beside_money_counts_when_the_money_has_gone() -> None:
    found = order()
    claim = stage.claim(found.supplier, "100.00")
    payment = stage.agreed(stage.deposit(found), stage.ready(found, 10), claims=[claim])
    require_not_leaving(found, 1)
    stage.pay(payment)
    stage.ship(found, 10, now=LATER)


def test_paid_wholly_in_advance_it_leaves_once_it_is_stated() -> None:
    found = order(deposit_percent="100")
    stage.settle(found)
    require_not_leaving(found, 1)
    assert str(stage.ready(found, 10).amount) == "0.00"
    stage.ship(found, 10, now=LATER)


@pytest.mark.clause("P1.6")
def test_while_payments_are_withheld_the_goods_stay_and_both_sides_are_told_why() -> None:
    found = order()
    stage.ready(found, 10)
    breaches.record_breach(
        supplier_id=found.supplier_id,
        kind="design",
        happened_on=TODAY,
        text="仿冒",
        by=person("luo_buyer"),
        now=NOW,
    )
    require_not_leaving(found, 10, "P1.6")
    page = signed_in("luo_buyer").get(reverse("contracts:order", args=[found.pk]))
    assert "P1.6" in page.content.decode()
    assert page.context["frozen"]
    visitor = crossing.inside(crossing.send(stage.contact(found.supplier), "order", found.pk))
    assert "P1.6" in visitor.client.get(visitor.at("order", found.pk)).content.decode()


def test_an_order_that_is_paid_after_arrival_states_nothing_ready() -> None:
    found = stage.order()
    with refused("not_prepaid"):
        stage.ready(found, 1)
    with pytest.raises(IntegrityError, match=r"P2\.2"), transaction.atomic():
        ReadyNotice.objects.create(order=found, by=person("luo_buyer"), at=NOW)
    stage.ship(found, 10)


def test_what_cannot_stand_ready_is_refused() -> None:
    found, other = order(), world.supplier("FS02", "另一家")
    line = found.lines.get()
    with refused("too_many", Invalid):
        stage.ready(found, 11)
    for wrong in ({}, {line.pk: 0}, {line.pk: -1}, {0: 1}):
        with pytest.raises(Invalid):
            ready.state_ready(order=found, lines=wrong, by=person("luo_buyer"), now=NOW)
    with pytest.raises(Forbidden):
        stage.ready(found, 1, by=person("song_inspector"))
    with pytest.raises(NotFound):
        stage.ready(found, 1, contact=world.contact(other, phone="13900000001"))
    stage.ready(found, 6)
    with refused("too_many", Invalid):
        stage.ready(found, 5)
    early = ordering.draft_order(supplier_id=found.supplier_id, by=person("luo_buyer"), now=NOW)
    with refused("state"):
        ready.state_ready(order=early, lines={line.pk: 1}, by=person("luo_buyer"), now=NOW)


def test_an_order_that_comes_whole_stands_ready_whole() -> None:
    found = order(partial_delivery=False)
    with refused("in_parts", Invalid):
        stage.ready(found, 9)
    stage.ready(found, 10)


@pytest.mark.clause("P3.2")
def test_what_failed_its_inspection_does_not_stand_ready() -> None:
    found = order()
    line = found.lines.get()
    made = inspecting.inspect(line_id=line.pk, stage="finished", by=person("song_inspector"), now=NOW)
    inspecting.report(
        inspection_id=made.pk,
        checked=made.sample,
        bad=made.sample,
        text="开裂",
        by=person("song_inspector"),
        now=NOW,
    )
    with refused("rectify"):
        stage.ready(found, 10)


def back(owed: Payable, **more: Any) -> ReadyNotice:
    given: dict[str, Any] = {"reason": "多报了", "by": person("luo_buyer"), "now": LATER, **more}
    return ready.take_back(notice_id=owed.ready_id or 0, **given)


def test_what_was_stated_wrongly_is_owed_no_longer() -> None:
    found = order()
    owed = stage.ready(found, 10)
    back(owed)
    assert pieces(found) == Ready(0, 0, 0)
    assert account.payable_left([owed])[owed.pk] == 0
    assert not Deadline.objects.filter(subject_type="payable", subject_id=str(owed.pk), state="open").exists()
    again = stage.ready(found, 4)
    assert str(again.amount) == "280.00"  # the deposit is split anew
    month = statement_of(found.supplier, TODAY.replace(day=1))
    assert (str(month.deliveries), str(month.closing)) == ("400.00", "400.00")


def test_the_supplier_takes_its_own_notice_back_at_the_door() -> None:
    found = order()
    owed = stage.ready(found, 10)
    visitor = crossing.inside(crossing.send(stage.contact(found.supplier), "order", found.pk))
    where = visitor.at("order_act", found.pk, "not-ready")
    assert visitor.client.post(where, {"notice": owed.ready_id, "why": " "}).status_code == 422
    assert visitor.client.post(where, {"notice": owed.ready_id, "why": "还差油漆"}).status_code == 302
    assert pieces(found).stated == 0
    assert visitor.client.post(where, {"notice": "x", "why": "x"}).status_code == 404


def test_what_is_asked_agreed_paid_or_gone_is_not_taken_back() -> None:
    found = order()
    stage.pay(stage.agreed(stage.deposit(found)))
    asked = stage.ready(found, 2)
    run = stage.ask(asked)
    with refused("asked"):
        back(asked)
    stage.agree(run)
    with refused("settled"):
        back(asked)
    taken = stage.ready(found, 1)
    back(taken)
    with refused("over"):
        back(taken)
    with pytest.raises(NotFound):
        ready.take_back(notice_id=0, reason="x", by=person("luo_buyer"), now=LATER)
    with pytest.raises(Invalid):
        back(stage.ready(found, 1), reason="")
    with pytest.raises(Forbidden):
        back(asked, by=person("song_inspector"))


def test_of_goods_paid_by_the_deposit_what_has_left_is_not_taken_back() -> None:
    found = order(deposit_percent="100")
    stage.settle(found)
    owed = stage.ready(found, 10)
    stage.ship(found, 1, now=LATER)
    with refused("settled"):
        back(owed)


@pytest.mark.clause("P1.5")
def test_when_the_order_ends_what_was_paid_and_has_not_left_is_free() -> None:
    found = order()
    stage.ready(found, 6)
    stage.settle(found)
    [line] = stage.arrive(stage.ship(found, 4, now=LATER), 4, now=LATER)
    stage.judge(line, 4, now=LATER)
    unpaid = stage.ready(found, 3, now=LATER)
    arrange.agreed_end(found, "end", now=LATER)
    # Unpaid: 3 pieces, 210.00. Paid: two of six, 420 × 200 / 600 = 140.00, and their 60.00 of the deposit with the
    # 120.00 of the four pieces that were never stated ready.
    assert account.payable_left([unpaid])[unpaid.pk] == 0
    free = SetOff.objects.filter(kind="advance", order=found).order_by("amount")
    assert [str(each.amount) for each in free] == ["140.00", "180.00"]
    assert pieces(found) == Ready(4, 4, 4)
    month = statement_of(found.supplier, TODAY.replace(day=1))
    assert (str(month.deliveries), str(month.payments), str(month.closing)) == ("400.00", "720.00", "-320.00")


def test_some_pieces_of_a_notice_fall_away_and_the_rest_is_still_waited_for() -> None:
    found = order()
    owed = stage.ready(found, 10)
    [standing] = selectors.standing(found)
    less = {line.pk: 4 for line, _pieces in standing.lines}
    payables.not_ready(
        standing=standing, less=less, reason="四件返修", clause="P2.2", by=person("luo_buyer"), now=LATER
    )
    assert pieces(found).stated == 6
    assert str(account.payable_left([owed])[owed.pk]) == "420.00"
    assert Deadline.objects.filter(subject_type="payable", subject_id=str(owed.pk), state="open").exists()


@pytest.mark.clause("P7a")
def test_of_goods_that_cost_nothing_nothing_is_claimed_back() -> None:
    found = stage.order((1, "100.00"), (1, "0.00"), settlement="on_shipment")
    stage.arrive(stage.ship_paid(found, 1, 1), 1, 0, now=LATER)
    assert not SetOff.objects.exists()


@pytest.mark.clause("P7a")
def test_what_came_over_leaves_a_paid_piece_that_is_free_again_when_the_order_closes() -> None:
    found = order()
    stage.ready(found, 10)
    stage.settle(found)
    [first] = stage.arrive(stage.ship(found, 6, now=LATER), 7, now=LATER)  # one more than the note says
    assert str(stage.judge(first, 7, now=LATER).owed.goods) == "100.00"  # type: ignore[union-attr]
    [second] = stage.arrive(stage.ship(found, 3, number="D-2", now=LATER), 3, now=LATER)
    stage.judge(second, 3, now=LATER)
    found.refresh_from_db()
    assert found.state == "closed"
    assert pieces(found) == Ready(9, 9, 9)
    # Of the piece that does not leave: 70.00 of its balance, and the 30.00 of the deposit that it carried.
    assert SetOff.objects.get(kind="advance").amount == Decimal("100.00")
    recounting.recount(
        arrived_id=second.pk, was=3, counted=2, reason="漏数", by=person("xu_warehouse"), now=LATER
    )
    found.refresh_from_db()
    assert found.state == "shipped"
    again = stage.ready(found, 1, now=LATER)
    stage.settle(found, LATER + DAY)
    stage.ship(found, 1, number="D-3", now=LATER + 2 * DAY)
    assert (str(again.goods), str(again.amount)) == ("100.00", "100.00")  # its deposit was given back


def unowed(of: PurchaseOrder) -> None:
    """A notice, and the transaction ends."""
    with transaction.atomic(), transaction.get_connection().cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        ReadyNotice.objects.create(order=of, by=person("luo_buyer"), at=NOW)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def owed_too_little(of: PurchaseOrder, booked: dict[str, Any]) -> None:
    with transaction.atomic(), transaction.get_connection().cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        fresh = ReadyNotice.objects.create(order=of, by=person("luo_buyer"), at=NOW)
        ReadyLine.objects.create(notice=fresh, line=of.lines.get(), quantity=1)
        Payable.objects.create(ready=fresh, goods=Decimal("99.00"), amount=ZERO, **booked)


def test_the_database_keeps_notices_and_their_money_together() -> None:
    found = order()
    buyer, line = person("luo_buyer"), found.lines.get()
    other = stage.order(of=world.supplier("FS02", "另一家"), settlement="on_shipment")
    with pytest.raises(IntegrityError, match="owed for"):
        unowed(found)
    owed = stage.ready(found, 4)
    notice = owed.ready
    assert notice is not None
    for of in (line, other.lines.get()):
        with pytest.raises(IntegrityError, match=r"P2\.2"), transaction.atomic():
            ReadyLine.objects.create(notice=notice, line=of, quantity=1)
    with pytest.raises(IntegrityError, match=r"P2\.2"), transaction.atomic():
        ReadyNotice.objects.create(order=found, contact=stage.contact(other.supplier), at=NOW)
    booked = {"supplier": found.supplier, "order": found, "kind": "balance", "about": TODAY, "due_on": TODAY,
              "clause": "P2.2", "at": NOW, "on": TODAY, "by": buyer}  # fmt: skip
    with pytest.raises(IntegrityError, match="worth"):
        owed_too_little(found, booked)
    stage.settle(found)
    made = stage.ship(found, 3, now=LATER)
    with pytest.raises(IntegrityError, match="worth"), transaction.atomic():
        Payable.objects.create(delivery=made, goods=ZERO, amount=ZERO, **booked)


def test_the_database_takes_off_no_piece_that_left_and_no_money_without_its_pieces() -> None:
    found = order()
    owed = stage.ready(found, 4)
    stage.settle(found)
    stage.ship(found, 3, now=LATER)
    line = ReadyLine.objects.get()

    def take(quantity: int, goods: str, of: Payable = owed) -> None:
        with transaction.atomic(), transaction.get_connection().cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            void = PayableVoid.objects.create(
                payable=of, amount=ZERO, goods=Decimal(goods), paid=ZERO, reason="x", clause="P2.2", at=NOW
            )
            if quantity:
                ReadyLess.objects.create(line=line, void=void, quantity=quantity)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    wrong = ((2, "200.00", owed), (1, "200.00", owed), (0, "0.00", owed), (1, "100.00", stage.deposit(found)))
    for quantity, goods, of in wrong:
        with pytest.raises(IntegrityError, match=r"P2\.2"):
            take(quantity, goods, of)
    take(1, "100.00")
