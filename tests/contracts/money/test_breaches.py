"""Breaches: a design given away withholds every payment (P1.6), a commission costs the month's payments (P2.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.models import Freeze, FreezeRelease, Payable, PaymentLine, PaymentVoucher, SetOff, Violation
from contracts.selectors import account
from contracts.services import booking, breaches
from office.approvals import api as approvals
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, MINUTE, NOW, TODAY
from tests.contracts.orders import arrange
from tests.files.samples import small_picture
from tests.people import everybody, person

pytestmark = pytest.mark.django_db


def breach(kind: str = "design", *, by: str = "luo_buyer", now: datetime = NOW, **more: Any) -> Violation:
    everybody()
    given: dict[str, Any] = {
        "supplier_id": world.supplier().pk,
        "happened_on": now.date(),
        "text": "展会上见到我方餐椅挂他人商标",
        **more,
    }
    return breaches.record_breach(kind=kind, by=person(by), now=now, **given)


def owed(now: datetime = NOW, number: str = "PO-1", **terms: Any) -> Payable:
    return stage.goods(stage.order(now=now, **terms), 10, f"D-{number}", now)


def release(found: Violation, by: str = "luo_buyer", now: datetime = NOW + DAY) -> Any:
    return breaches.ask_release(violation_id=found.pk, reason="已签赔偿协议", by=person(by), now=now)


@pytest.mark.clause("P1.6")
def test_a_design_given_away_withholds_every_payment() -> None:
    due = owed()
    found = breach()
    assert account.withheld(due.supplier_id) == 100
    assert not Deadline.objects.filter(subject_type="payable", state="open").exists()
    assert Notice.objects.filter(kind="contracts.frozen", recipient=person("chen_manager")).exists()
    with pytest.raises(Conflict) as refused:
        stage.ask(due)
    assert (refused.value.code, refused.value.clause) == ("frozen", "P1.6")
    assert found.freeze.violation == found


@pytest.mark.clause("P1.6")
def test_requests_on_their_way_become_void_and_agreed_payments_cannot_be_made() -> None:
    first, second = owed(), owed(number="PO-2")
    payment = stage.agreed(first)
    run = stage.ask(second)
    breach(now=NOW + 2 * MINUTE)
    run.refresh_from_db()
    assert run.state == "voided"
    with pytest.raises(Conflict) as refused:
        stage.pay(payment, now=NOW + 3 * MINUTE)
    assert refused.value.code == "frozen"
    with pytest.raises(IntegrityError, match="withheld"), transaction.atomic():
        PaymentVoucher.objects.create(
            payment=payment, number="X", paid_on=TODAY, by=person("luo_buyer"), at=NOW, on=TODAY
        )


@pytest.mark.clause("P1.6")
def test_the_database_refuses_a_payment_that_the_verb_would_let_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    due = owed()
    run = stage.ask(due)
    violation = Violation.objects.create(
        supplier=due.supplier, kind="design", happened_on=TODAY, text="x", clause="P1.6",
        by=person("luo_buyer"), at=NOW,
    )  # fmt: skip
    monkeypatch.setattr("contracts.kinds.money.account.withheld", lambda supplier: Decimal(0))
    Freeze.objects.create(
        supplier=due.supplier, violation=violation, percent=100, clause="P1.6", by=person("luo_buyer"), at=NOW
    )
    with pytest.raises(Conflict) as refused:
        stage.agree(run)
    assert refused.value.code == "frozen"
    assert not PaymentLine.objects.exists()


def test_a_contract_may_withhold_less() -> None:
    order = stage.order(withhold_percent="50", deposit_percent="0")
    first = stage.goods(order, 4)
    breach()
    with pytest.raises(Conflict):
        stage.ask(first)
    claim = stage.claim(first.supplier, "200")
    payment = stage.agreed(first, claims=[claim])
    assert str(payment.total) == "200.00"
    assert stage.pay(payment)


def test_a_contract_that_withholds_nothing_freezes_nothing() -> None:
    due = owed(withhold_percent="0")
    breach()
    assert account.withheld(due.supplier_id) == 0
    assert stage.ask(due).state == "running"


def test_goods_that_come_meanwhile_get_their_clock_with_the_release() -> None:
    order = stage.order()
    breached = breach()
    due = stage.goods(order, 10)
    assert not Deadline.objects.filter(subject_type="payable", subject_id=str(due.pk)).exists()
    run = release(breached)
    stage.agree(run, now=NOW + DAY + MINUTE)
    assert Deadline.objects.filter(subject_type="payable", subject_id=str(due.pk), state="open").exists()


@pytest.mark.clause("P1.6")
def test_payments_go_on_when_another_has_agreed_to_the_release() -> None:
    due = owed()
    found = breach()
    run = release(found)
    assert account.withheld(due.supplier_id) == 100
    stage.agree(run, now=NOW + DAY + MINUTE)
    assert account.withheld(due.supplier_id) == 0
    assert stage.pay(stage.agreed(due, now=NOW + 2 * DAY), now=NOW + 2 * DAY + 2 * MINUTE)
    found = breaches.access(found.pk)
    with pytest.raises(Conflict) as refused:
        release(found, now=NOW + 3 * DAY)
    assert refused.value.code == "released"


def test_two_breaches_need_two_releases() -> None:
    due = owed()
    first, _second = breach(), breach(text="又一次")
    stage.agree(release(first), now=NOW + DAY + MINUTE)
    assert account.withheld(due.supplier_id) == 100
    assert not Deadline.objects.filter(subject_type="payable", state="open").exists()


def test_the_database_lets_in_no_release_that_nobody_agreed_to_and_no_freeze_without_its_breach() -> None:
    found = breach()
    other = world.supplier("FS02", "中山市木作家具厂")
    commission = breach("commission")
    attempts: list[Callable[[], object]] = [
        lambda: FreezeRelease.objects.create(freeze=found.freeze, reason="x", at=NOW),
        lambda: FreezeRelease.objects.create(freeze=found.freeze, reason="x", authority_clause="P1.6", at=NOW),
        lambda: Freeze.objects.create(
            supplier=other, violation=commission, percent=100, clause="P1.6", by=person("luo_buyer"), at=NOW
        ),
        lambda: Freeze.objects.create(
            supplier=found.supplier, violation=commission, percent=100, clause="P1.6",
            by=person("luo_buyer"), at=NOW,
        ),
    ]  # fmt: skip
    for attempt in attempts:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_a_breach_says_what_and_when() -> None:
    for wrong in ({"text": " "}, {"happened_on": TODAY + DAY}):
        with pytest.raises(Invalid):
            breach(**wrong)
    with pytest.raises(Invalid):
        breach("theft")
    with pytest.raises(Forbidden):
        breach(by="li_lei")
    with pytest.raises(NotFound):
        breach(supplier_id=0)
    with pytest.raises(NotFound):
        breaches.access(0)


@pytest.mark.clause("P1.6")
def test_a_written_consent_is_on_record() -> None:
    everybody()
    upload = booking.Upload(small_picture(), "同意书.png")

    def consent(**more: Any) -> Any:
        given: dict[str, Any] = {
            "design": "CH-1 餐椅", "third_party": "展会主办方", "starts_on": TODAY, "ends_on": TODAY + DAY, **more
        }  # fmt: skip
        return breaches.give_consent(
            supplier_id=world.supplier().pk, upload=upload, by=person("luo_buyer"), now=NOW, **given
        )

    assert consent().supplier == world.supplier()
    for wrong in ({"design": " "}, {"third_party": ""}, {"ends_on": TODAY - DAY}):
        with pytest.raises(Invalid):
            consent(**wrong)


NEXT = datetime(2027, 1, 4, 10, tzinfo=world.ZONE)


@pytest.mark.clause("P2.3")
def test_a_commission_costs_what_falls_due_in_its_month_once_the_month_is_over() -> None:
    owed()  # deposit 300 due 26 November, balance 700 due 23 December
    found = breach("commission", happened_on=TODAY)
    december = breach("commission", now=NOW + 20 * DAY, text="又一次")
    assert account.withheld(found.supplier_id) == 0
    assert str(breaches.reckon(found, NOW).penalty) == "300.00"
    with pytest.raises(Conflict) as early:
        penalty(found, now=NOW)
    assert early.value.code == "not_over"
    run = penalty(december)
    assert (run.payload["penalty"], run.payload["from"], run.payload["to"]) == (
        "700.00",
        "2026-12-01",
        "2026-12-31",
    )
    stage.agree(run, now=NEXT + MINUTE)
    claim = breaches.penalty_of(december)
    assert claim is not None
    assert (str(claim.amount), claim.kind, claim.run) == ("700.00", "penalty", run)
    with pytest.raises(Conflict) as again:
        penalty(december, now=NEXT + DAY)
    assert again.value.code == "claimed"


def penalty(found: Violation, now: datetime = NEXT, by: str = "luo_buyer") -> Any:
    return breaches.ask_penalty(violation_id=found.pk, reason="采购员收到购物卡", by=person(by), now=now)


@pytest.mark.clause("P2.3")
def test_a_month_without_payments_and_other_breaches_give_no_penalty() -> None:
    found = breach("commission")
    with pytest.raises(Conflict) as nothing:
        penalty(found)
    assert nothing.value.code == "nothing_due"
    with pytest.raises(Conflict) as other:
        penalty(breach())
    assert other.value.code == "other_kind"
    for wrong in ({"reason": "x"}, {"violation": 1}):
        with pytest.raises(Invalid):
            breaches.check_reason(wrong)


def test_what_a_cancelled_order_no_longer_owes_is_no_part_of_the_penalty() -> None:
    order = stage.order()
    found = breach("commission")
    arrange.agreed_end(order, "cancel")
    assert breaches.reckon(found, NEXT).rows == []


def test_a_penalty_agreed_to_twice_is_claimed_once() -> None:
    owed()
    found = breach("commission", now=NOW + 20 * DAY)
    run = penalty(found)
    stage.agree(run, now=NEXT + MINUTE)
    with pytest.raises(Conflict) as refused:
        breaches.carry_out_penalty(run=run, payload=run.payload, by=None, now=NEXT + MINUTE)
    assert refused.value.code == "claimed"
    assert SetOff.objects.count() == 1


def test_a_release_is_carried_out_once() -> None:
    found = breach()
    run = release(found)
    stage.agree(run, now=NOW + DAY + MINUTE)
    with pytest.raises(Conflict):
        breaches.carry_out_release(run=run, payload=run.payload, by=None, now=NOW + DAY + MINUTE)


def test_decisions_need_words() -> None:
    run = release(breach())
    with pytest.raises(Invalid):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW + DAY)
