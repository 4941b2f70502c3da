"""Ready goods, invoices and claims from whom they were not made for: acts in another order, rows by hand, odd words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from contracts.models import Acceptance, InvoiceUse, PaymentVoucher, ReadyLine, ReadyNotice, SetOff
from contracts.selectors import account, day_purchase
from contracts.selectors import losses as claimed
from contracts.selectors import ready as selectors
from contracts.services import losses, ready, setoffs
from contracts.services.losses import Loss
from contracts.views.door import drafting
from office.deadlines.models import Deadline
from office.errors import Conflict
from office.rulebook import api as rulebook
from office.rulebook.types import LimitRule
from tests.contracts.door import crossing
from tests.contracts.money import stage
from tests.contracts.money.stage import MINUTE, NOW, TODAY, D
from tests.contracts.money.test_worth_of_an_arrival import decided, owe
from tests.contracts.orders import arrange
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
LATER = NOW + 10 * MINUTE


@pytest.mark.clause("P1.5")
@pytest.mark.clause("P2.2")
def test_an_order_whose_goods_were_paid_and_whose_deposit_was_not_is_cancelled() -> None:
    found = stage.order(settlement="on_shipment")
    stage.pay(stage.agreed(stage.ready(found, 10)))
    arrange.agreed_end(found, "cancel", now=LATER)
    found.refresh_from_db()
    assert found.state == "cancelled"
    assert selectors.pieces([found.pk])[found.lines.get().pk].stated == 0
    assert account.payable_left([stage.deposit(found)]) == {stage.deposit(found).pk: 0}
    assert SetOff.objects.get(kind="advance").amount == D("700.00")


@pytest.mark.clause("P2.2")
def test_goods_that_the_open_deposit_pays_wholly_are_taken_back() -> None:
    found = stage.order(settlement="on_shipment", deposit_percent="100")
    owed = stage.ready(found, 10)
    ready.take_back(notice_id=owed.ready_id or 0, reason="多报了", by=person("luo_buyer"), now=LATER)
    assert selectors.pieces([found.pk])[found.lines.get().pk].stated == 0


@pytest.mark.clause("P2.2")
def test_by_hand_no_more_stands_ready_than_is_ordered() -> None:
    found = stage.order(settlement="on_shipment")
    stage.ready(found, 6)

    def more() -> None:
        with transaction.atomic():
            notice = ReadyNotice.objects.create(order=found, by=person("luo_buyer"), at=NOW)
            ReadyLine.objects.create(notice=notice, line=found.lines.get(), quantity=5)

    with pytest.raises(IntegrityError, match="than is ordered"):
        more()


@pytest.mark.clause("P2.2")
def test_by_hand_goods_that_were_paid_before_they_left_are_not_owed_again_for_their_arrival() -> None:
    found = stage.order(settlement="on_shipment")
    [line] = stage.arrive(stage.ship_paid(found, 10), 10, now=LATER)
    made: Acceptance = decided(line, 10)
    with pytest.raises(IntegrityError, match=r"P2\.2"):
        owe(line, "1000.00", (made, 10, "1000.00"))


@pytest.mark.clause("P2.2")
def test_by_hand_an_old_voucher_gives_nothing_of_its_invoices_free() -> None:
    payment = stage.agreed(stage.goods(stage.order(), 10))
    found = [stage.invoice(payment.supplier, number, "1000.00") for number in ("12345678", "87654321")]

    def free() -> None:
        with transaction.atomic(), transaction.get_connection().cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            old = PaymentVoucher.objects.create(
                payment=payment, number="ALT-1", invoices=[each.number for each in found], paid_on=TODAY,
                by=person("luo_buyer"), at=LATER, on=TODAY,
            )  # fmt: skip
            for each in found:
                InvoiceUse.objects.create(invoice=each, voucher=old, amount=D(0))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="all it pays"):
        free()


@pytest.mark.clause("P1.5")
def test_a_claim_that_was_taken_back_waits_for_nobody() -> None:
    order = stage.order()
    claim = losses.claim_loss(
        order_id=order.pk, clause="P3.4", text="面料成分不符", losses=[Loss("direct", "客户退款", D("300.00"))],
        by=person("luo_buyer"), now=NOW,
    )  # fmt: skip
    theirs = order.supplier.contacts.get()
    off = SetOff.objects.get(paper_type="loss_claim")
    setoffs.take_back(set_off_id=off.pk, reason="检测有误", by=person("chen_manager"), now=LATER)
    assert Deadline.objects.get(rule="contracts.loss_answer").state == Deadline.State.CANCELLED
    after = NOW + 9 * stage.DAY
    found = claimed.one(claim, after)
    assert (found.taken_back, found.open, found.to_decide) == (True, False, False)
    assert not claimed.to_decide(after).exists()
    assert not list(day_purchase._claims(after))
    with pytest.raises(Conflict, match="撤回"):
        losses.answer(claim=claim, word="bear", text="", contact=theirs, now=after)
    with pytest.raises(Conflict, match="撤回"):
        losses.let_stand(
            order_id=order.pk, claim_id=claim.pk, reason="x", by=person("chen_manager"), now=after
        )
    visitor = crossing.inside(crossing.send(theirs, "order", order.pk))
    assert "该索赔已撤回" in visitor.client.get(visitor.at("order", order.pk)).content.decode()


@pytest.mark.clause("P2.2")
def test_a_supplier_states_only_as_many_notices_as_the_book_says(monkeypatch: pytest.MonkeyPatch) -> None:
    by_the_book = rulebook.limit_rule
    assert by_the_book(ready.MOST, NOW).count == 100

    def one(key: str, at: datetime | None = None) -> LimitRule:
        rule = by_the_book(key, at)
        return replace(rule, value=1) if key == ready.MOST else rule

    monkeypatch.setattr("office.rulebook.api.limit_rule", one)
    found = stage.order(settlement="on_shipment")
    theirs = stage.contact(found.supplier)
    stage.ready(found, 1, contact=theirs)
    with pytest.raises(Conflict) as refused:
        stage.ready(found, 1, contact=theirs)
    assert (refused.value.code, refused.value.clause) == ("many", "P2.2")
    stage.ready(found, 1)  # what we enter is not counted
    known = rulebook.has_rule
    monkeypatch.setattr("office.rulebook.api.has_rule", lambda key, at: key != ready.MOST and known(key, at))
    stage.ready(found, 1, contact=theirs)  # an older book does not know the limit


def test_pieces_that_are_no_number_are_not_nought() -> None:
    found = stage.order((10, "100.00"), (10, "50.00"), settlement="on_shipment")
    first, second = found.lines.order_by("n").values_list("pk", flat=True)
    visitor = crossing.inside(crossing.send(stage.contact(found.supplier), "order", found.pk))
    where = visitor.at("order_act", found.pk, "ready")
    for odd in ("1,0", "十", "-3", "3.5", "9999999999", "\x00"):
        answer = visitor.client.post(where, {f"line_{first}": odd, f"line_{second}": "4"})
        assert answer.status_code == 422, odd
        assert "第 1 行" in answer.content.decode()
    assert not ReadyNotice.objects.exists()
    sent: dict[str, Any] = {f"line_{first}": "", f"line_{second}": " 4 "}
    assert visitor.client.post(where, sent).status_code == 302


def test_who_was_never_inside_takes_no_turn_of_the_contact_and_learns_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drafting, "MOST", 1)
    with time_machine.travel(NOW + stage.DAY, tick=True):
        order = arrange.producing(NOW)
        sent = crossing.send(arrange.the_contact(), "order", order.pk)
        visitor, outside = crossing.inside(sent), crossing.outside(sent)
        for form in (f"order/{order.pk}/ship", f"order/{order.pk + 7}/ship"):
            answer = outside.client.post(outside.at("draft"), {"draft-page": form, "number": "X"})
            assert answer.json() == {"saved_at": None, "discard": ""}
        typed = {"draft-page": f"order/{order.pk}/ship", "number": "SH-1", "a\x00b": "x"}
        assert visitor.client.post(visitor.at("draft"), typed).json()["saved_at"]
