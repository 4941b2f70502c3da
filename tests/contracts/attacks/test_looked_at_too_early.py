"""As the application's login, by hand: no law is made to look at another moment than the one it is about."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.models import Draw, Inspection, InvoiceUse, Payment, PaymentVoucher, ReadyLine, ReadyNotice
from tests.audit.tamper import as_superuser
from tests.contracts.attacks.test_draws_by_hand import honest
from tests.contracts.attacks.test_the_book_by_hand import at_the_end, voucher
from tests.contracts.money import stage
from tests.contracts.orders import arrange
from tests.contracts.world import MINUTE, NOW, TODAY
from tests.people import person

pytestmark = pytest.mark.usefixtures("site")


def looked_at_now(law: str) -> None:
    """And again when the transaction ends, for what comes after."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {law} IMMEDIATE")
        cursor.execute(f"SET CONSTRAINTS {law} DEFERRED")


def paid(payment: Payment, number: str, *invoices: str) -> PaymentVoucher:
    made: PaymentVoucher = PaymentVoucher.objects.create(
        payment=payment, number=number, invoices=list(invoices), at=NOW + 2 * MINUTE, on=TODAY, paid_on=TODAY,
        by=person("luo_buyer"),
    )  # fmt: skip
    return made


def columns(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.django_db
@pytest.mark.clause("P2.2")
def test_an_invoice_that_seems_used_up_for_a_moment_pays_for_nothing() -> None:
    """A second voucher that has not said yet what it takes of the invoice counts as taking all that it pays."""
    one = stage.agreed(stage.goods(stage.order(), 10))
    two = stage.agreed(stage.goods(stage.order(of=one.supplier), 10, number="D-2"))
    a, b = (stage.invoice(one.supplier, number, "700.00") for number in ("12345678", "87654321"))

    @transaction.atomic
    def both() -> None:
        first = paid(one, "PZ-1", a.number)
        InvoiceUse.objects.create(invoice=a, voucher=first, amount="1.00")
        second = paid(two, "PZ-2", a.number, b.number)
        looked_at_now("law_whole")
        InvoiceUse.objects.create(invoice=a, voucher=second, amount="1.00")
        InvoiceUse.objects.create(invoice=b, voucher=second, amount="699.00")
        at_the_end()

    with pytest.raises(IntegrityError, match="takes all it pays"):
        both()


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("P2.2")
@pytest.mark.parametrize("late", ["lines", "uses"])
def test_nothing_is_added_to_a_payment_once_it_was_made(late: str) -> None:
    """Its voucher was looked at while it paid for nothing yet that needs an invoice."""
    owed = stage.goods(stage.order(), 10)
    with transaction.atomic():
        claim = stage.claim(owed.supplier, "50.00")
    payment = stage.agreed(owed, claims=[claim])
    parts = {
        "lines": [(type(row), columns(row)) for row in payment.lines.all()],
        "uses": [(type(row), columns(row)) for row in payment.uses.all()],
    }
    as_superuser(*(f"DELETE FROM contracts_{each}" for each in ("paymentline", "setoffuse", "payment")))

    @transaction.atomic
    def made() -> None:
        again = Payment.objects.create(**columns(payment))
        for model, row in [each for name, rows in parts.items() if name != late for each in rows]:
            model._default_manager.create(**row)
        paid(again, "PZ-1")
        if late == "lines":
            looked_at_now("law_paid_against")
        for model, row in parts[late]:
            model._default_manager.create(**row)

    with pytest.raises(IntegrityError, match="nothing is added"):
        made()


@pytest.mark.django_db
@pytest.mark.clause("P2.2")
def test_what_stands_ready_counts_before_it_is_owed_for() -> None:
    """Two notices of all pieces, written one after the other, and only then what is owed for them."""
    order = stage.order(settlement="on_shipment")
    with transaction.atomic():
        owed = stage.ready(order, 10)
        notice, line = columns(owed.ready), columns(ReadyLine.objects.get(notice=owed.ready))
        at_the_end()
        transaction.set_rollback(True)
    del notice["id"], line["id"]

    def stated() -> None:
        line["notice_id"] = ReadyNotice.objects.create(**notice).pk
        ReadyLine.objects.create(**line)

    stated()
    with pytest.raises(IntegrityError, match="no more stands ready"):
        stated()


def meanwhile(act: Callable[[], Any]) -> None:
    """Done and committed by somebody else."""

    def alone() -> None:
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(alone).result(60)


def blind() -> None:
    """The transaction sees from now on only what is there now."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM contracts_draw")


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("P2.2")
def test_an_invoice_pays_once_though_a_transaction_does_not_see_the_other() -> None:
    one = stage.agreed(stage.goods(stage.order(), 10))
    two = stage.agreed(stage.goods(stage.order(of=one.supplier), 10, number="D-2"))
    a = stage.invoice(one.supplier, "12345678", "700.00")

    @transaction.atomic
    def second() -> None:
        blind()
        meanwhile(lambda: voucher(one, (a, "700.00")))
        InvoiceUse.objects.create(invoice=a, voucher=paid(two, "PZ-2", a.number), amount="700.00")

    with pytest.raises(IntegrityError, match="does not see what others commit"):
        second()
    assert InvoiceUse.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("P3.2")
def test_what_went_into_production_meanwhile_is_drawn_from() -> None:
    row = honest()
    inspections = row.pop("inspections")

    @transaction.atomic
    def drawn() -> None:
        blind()
        meanwhile(arrange.producing)
        made = Draw.objects.create(**row)
        for each in inspections:
            Inspection.objects.create(draw=made, **each)

    with pytest.raises(IntegrityError, match="does not see what others commit"):
        drawn()
