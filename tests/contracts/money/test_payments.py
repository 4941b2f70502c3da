"""A payment: asked for, agreed to by somebody else, made with voucher and invoices, dropped; and what refuses it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.models import Payable, Payment, PaymentDrop, PaymentLine, PaymentVoucher, SetOffUse
from contracts.selectors import account
from contracts.services import payments
from office.approvals import api as approvals
from office.approvals.services.context import OwnRequest
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, MINUTE, NOW, TODAY, D
from tests.contracts.orders import arrange
from tests.people import person

pytestmark = pytest.mark.django_db


def owed(number: str = "PO-1") -> Payable:
    """700 of goods that arrived today."""
    return stage.goods(stage.order(), 10, f"D-{number}")


def state_of(found: Payable) -> str:
    return Deadline.objects.get(subject_type="payable", subject_id=str(found.pk)).state


@pytest.mark.clause("P2.2")
def test_a_payment_is_agreed_to_by_another_and_ends_the_clock_when_the_money_has_gone() -> None:
    due = owed()
    payment = stage.agreed(due)
    assert str(payment.total) == "700.00"
    assert state_of(due) == "open"
    voucher = stage.pay(payment)
    assert (voucher.number, voucher.invoices, voucher.paid_on) == ("PZ-1", ["12345678"], TODAY)
    assert state_of(due) == "met"
    assert account.open_payables(due.supplier) == [
        (each, each.amount) for each in Payable.objects.filter(kind="deposit")
    ]


def test_nobody_agrees_to_his_own_payment() -> None:
    run = stage.ask(owed(), by="chen_manager")
    with pytest.raises((OwnRequest, Forbidden)):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    stage.agree(run, "luo_buyer", "fang_vice")
    assert run.state == "executed"


def test_claims_come_first_and_money_pays_the_rest() -> None:
    due = owed()
    claim = stage.claim(due.supplier, "120.50")
    payment = stage.agreed(due, claims=[claim])
    assert (str(payment.total), str(payment.set_off)) == ("579.50", "120.50")
    assert account.open_set_offs(due.supplier) == []


def test_claims_that_cover_it_all_settle_without_money() -> None:
    due = owed()
    claim = stage.claim(due.supplier, "1000")
    payment = stage.agreed(due, claims=[claim])
    assert str(payment.total) == "0.00"
    assert state_of(due) == "met"
    assert account.open_set_offs(due.supplier) == [(claim, D("300.00"))]
    with pytest.raises(Conflict) as refused:
        stage.pay(payment)
    assert refused.value.code == "without_money"
    with pytest.raises(IntegrityError), transaction.atomic():
        _voucher(payment)


def test_a_deposit_may_go_without_an_invoice_and_goods_may_not() -> None:
    order = stage.order()
    deposit = stage.deposit(order)
    stage.pay(stage.agreed(deposit), invoices="")
    payment = stage.agreed(stage.goods(order, 10))
    with pytest.raises(Invalid) as refused:
        stage.pay(payment, "PZ-2", invoices=" ")
    assert refused.value.errors[0]["path"] == "invoices"


def test_what_was_paid_is_not_asked_for_again() -> None:
    due = owed()
    stage.agreed(due)
    with pytest.raises(Conflict) as refused:
        stage.ask(due)
    assert refused.value.code == "settled"


def test_what_waits_for_agreement_is_not_asked_for_again() -> None:
    due, other = owed(), owed("PO-2")
    claim = stage.claim(due.supplier, "1")
    run = stage.ask(other, claims=[claim])
    for again in ([other], [due, other]):
        with pytest.raises(Conflict) as refused:
            stage.ask(*again)
        assert (refused.value.code, refused.value.params["run"]) == ("asked", run.pk)
    with pytest.raises(Conflict):
        stage.ask(due, claims=[claim])
    assert stage.ask(due).state == "running"


def test_a_request_that_came_back_is_asked_again_with_what_is_open_now() -> None:
    due = owed()
    run = stage.ask(due)
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="先扣投诉款")
    claim = stage.claim(due.supplier, "100")
    again = stage.ask(due, claims=[claim])
    assert (again.pk, again.payload["total"]) == (run.pk, "600.00")


def test_it_needs_the_post_a_supplier_and_something_to_pay() -> None:
    due = owed()
    with pytest.raises(Forbidden):
        stage.ask(due, by="li_lei")
    with pytest.raises(Invalid):
        stage.ask(of=due.supplier_id)
    with pytest.raises(NotFound):
        stage.ask(due, of=999_999)
    other = world.supplier("FS02", "中山市木作家具厂")
    with pytest.raises(Conflict):
        stage.ask(due, of=other.pk)
    with pytest.raises(Invalid):
        payments.check({"supplier": 1})


def test_what_fell_away_meanwhile_is_not_paid() -> None:
    order = stage.order()
    deposit = stage.deposit(order)
    run = stage.ask(deposit)
    arrange.agreed_end(order, "cancel")
    with pytest.raises(Refused) as refused:
        stage.agree(run)
    assert refused.value.code == "settled"
    assert not Payment.objects.exists()


def test_a_voucher_has_a_number_of_its_own_and_a_day_that_can_be() -> None:
    first, second = stage.agreed(owed()), stage.agreed(owed("PO-2"))
    stage.pay(first)
    with pytest.raises(Conflict) as refused:
        stage.pay(second)
    assert refused.value.code == "voucher_taken"
    for wrong in ({"paid_on": TODAY + DAY}, {"paid_on": TODAY - DAY}, {"invoices": "12"}):
        with pytest.raises(Invalid):
            stage.pay(second, "PZ-2", **wrong)
    with pytest.raises(Invalid):
        stage.pay(second, " ")
    with pytest.raises(Conflict) as ended:
        stage.pay(first, "PZ-3")
    assert ended.value.code == "ended"
    with pytest.raises(NotFound):
        payments.access(0)


def test_a_dropped_payment_opens_again_what_it_was_for() -> None:
    due = owed()
    claim = stage.claim(due.supplier, "100")
    payment = stage.agreed(due, claims=[claim])
    with pytest.raises(Invalid):
        payments.drop(payment_id=payment.pk, reason=" ", by=person("luo_buyer"), now=NOW)
    payments.drop(payment_id=payment.pk, reason="账户有误", by=person("luo_buyer"), now=NOW)
    assert (due, D("700.00")) in account.open_payables(due.supplier)
    assert account.open_set_offs(due.supplier) == [(claim, D("100.00"))]
    with pytest.raises(Conflict):
        stage.pay(payment)
    with pytest.raises(IntegrityError), transaction.atomic():
        _voucher(payment)
    assert stage.pay(stage.agreed(due, now=NOW + DAY), "PZ-2", now=NOW + DAY + 3 * MINUTE)


def _voucher(payment: Payment) -> None:
    PaymentVoucher.objects.create(
        payment=payment, number="X", paid_on=TODAY, by=person("luo_buyer"), at=NOW, on=TODAY
    )


def test_the_database_pays_nothing_that_was_not_agreed_to() -> None:
    due, other = owed(), owed("PO-2")
    payment = stage.agreed(due)
    refused: list[Callable[[], object]] = [
        lambda: PaymentLine.objects.create(payment=payment, payable=other, amount=D("1.00")),
        lambda: PaymentLine.objects.create(payment=payment, payable=due, amount=D("0.01")),
        lambda: Payment.objects.create(supplier=due.supplier, total=D(1), at=NOW),
        lambda: Payment.objects.create(supplier=due.supplier, total=D(1), authority_clause="P2.2", at=NOW),
        lambda: SetOffUse.objects.create(
            payment=payment, payable=other, set_off=stage.claim(due.supplier, "5"), amount=D("5.00")
        ),
    ]
    for attempt in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    stage.pay(payment)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentDrop.objects.create(payment=payment, reason="x", by=person("luo_buyer"), at=NOW)


def test_a_payment_whose_lines_do_not_add_up_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    run = stage.ask(owed())
    monkeypatch.setattr(PaymentLine.objects, "create", lambda **values: None)

    @transaction.atomic
    def without_its_lines() -> None:
        stage.agree(run)
        connection.check_constraints()

    with pytest.raises(IntegrityError, match="add up"):
        without_its_lines()
