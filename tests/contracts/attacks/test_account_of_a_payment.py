"""Money goes to the account that everybody read when they agreed, and to no other (P2.1)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from contracts.models import BankDetails, Payment, PaymentVoucher
from contracts.services import bank, booking, payments
from office.approvals import api as approvals
from office.approvals.models import Run
from office.errors import Conflict, Invalid
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, MINUTE, NOW
from tests.files.samples import small_picture
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site"), pytest.mark.clause("P2.1")]
LATER = NOW + 40 * DAY
SLIP = booking.Upload(small_picture(), "回单.png")


def another(now: dt.datetime, number: str = "6222000011112222") -> BankDetails:
    return stage.account(world.supplier(), number, now=now)


def test_a_request_names_the_account_and_shows_it_to_whoever_decides() -> None:
    owed = stage.deposit(stage.order())
    run = stage.ask(owed)
    details = BankDetails.objects.get()
    assert run.payload["bank_details"] == details.pk
    assert details.account in str(run.paper.changes)
    assert Payment.objects.get(run=stage.agree(run)).bank_details == details


def test_nothing_is_asked_for_before_an_account_is_on_file() -> None:
    owed = stage.deposit(stage.order())
    with pytest.raises(Conflict) as refused:
        payments.ask(
            supplier_id=owed.supplier_id,
            payable_ids=[owed.pk],
            set_off_ids=[],
            by=person("luo_buyer"),
            now=NOW,
        )
    assert refused.value.code == "no_account"


def test_another_account_voids_requests_under_way() -> None:
    run = stage.ask(stage.deposit(stage.order()), now=LATER)
    another(now=LATER + MINUTE)
    run.refresh_from_db()
    assert (run.state, run.changed_fields) == (Run.State.VOIDED, ["account"])


def test_an_agreed_payment_is_not_made_to_an_account_that_was_replaced() -> None:
    found = stage.agreed(stage.deposit(stage.order()), now=LATER)
    another(now=LATER + 2 * DAY)
    for slip in (None, SLIP):
        with pytest.raises(Conflict) as refused:
            stage.pay(found, now=LATER + 3 * DAY, upload=slip)
        assert refused.value.code == "account_changed"
    dropped = payments.drop(
        payment_id=found.pk, reason="账户已变更", by=person("luo_buyer"), now=LATER + 3 * DAY
    )
    again = stage.agreed(stage.deposit(dropped.payment.lines.get().payable.order), now=LATER + 3 * DAY)
    assert again.bank_details == BankDetails.objects.latest("pk")
    assert stage.pay(again, now=LATER + 3 * DAY + 3 * MINUTE).payment == again


def test_what_had_gone_before_the_change_is_recorded_with_the_slip_of_the_bank() -> None:
    found = stage.agreed(stage.deposit(stage.order()), now=LATER)
    another(now=LATER + 2 * DAY)
    gone = (LATER + DAY).date()
    with pytest.raises(Invalid) as refused:
        stage.pay(found, now=LATER + 3 * DAY, paid_on=gone)
    assert refused.value.code == "slip"
    assert stage.pay(found, now=LATER + 3 * DAY, paid_on=gone, upload=SLIP).file is not None


def test_the_database_pays_no_other_account_than_the_one_that_counts() -> None:
    found = stage.agreed(stage.deposit(stage.order()), now=LATER)
    another(now=LATER + DAY)
    row = {"payment": found, "number": "X-1", "by": person("luo_buyer"), "invoices": []}
    for on in (LATER + 2 * DAY, LATER):
        with pytest.raises(IntegrityError, match="voucher_account"), transaction.atomic():
            PaymentVoucher.objects.create(
                **row, paid_on=on.date(), at=LATER + 2 * DAY, on=(LATER + 2 * DAY).date()
            )
    before = NOW - DAY
    early = {"paid_on": before.date(), "at": before, "on": before.date()}
    with pytest.raises(IntegrityError, match="voucher_day"), transaction.atomic():
        PaymentVoucher.objects.create(**row, **early)


def test_a_request_that_came_back_is_void_too_when_the_account_changes() -> None:
    run = stage.ask(stage.deposit(stage.order()), now=LATER)
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=LATER + MINUTE, reason="核对账户")
    another(now=LATER + 2 * MINUTE)
    run.refresh_from_db()
    assert run.state == Run.State.VOIDED


def test_the_change_of_an_account_and_a_payment_wait_for_each_other_in_one_order() -> None:
    """Both take the runs, then the account, then the supplier: bank details of a supplier without payments go too."""
    order = stage.order()
    assert stage.account(order.supplier).supplier == order.supplier
    with pytest.raises(Conflict):
        bank.ask_bank_details(
            supplier_id=order.supplier_id, holder=order.supplier.name, bank="中国农业银行佛山乐从支行",
            account="4400666677778888", by=person("luo_buyer"), now=NOW,
            call=bank.Call(stage.contact(order.supplier).pk, NOW, "何总", True),
        )  # fmt: skip
