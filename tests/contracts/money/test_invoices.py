"""Tax invoices: recorded once as they stand on the paper; payments that name one do not exceed it together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from contracts.models import Invoice, InvoiceEnd, InvoiceUse, Payable, PaymentVoucher
from contracts.rules import invoices as rules
from contracts.selectors import invoices as selectors
from contracts.services import invoices, payments
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.subjects import subject_url
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, MINUTE, NOW, TODAY, D
from tests.files.samples import small_picture
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
DIGITAL = "26442000000012345678"


def goods(number: str = "PO-1", pieces: int = 10) -> Payable:
    """70 for each piece that arrived: the deposit has paid the rest."""
    return stage.goods(stage.order(), pieces, f"D-{number}")


def record(paper: invoices.Paper, of: int | None = None, by: str = "luo_buyer") -> Invoice:
    return invoices.record(
        supplier_id=of or world.supplier().pk, paper=paper, by=person(by), now=NOW + MINUTE
    )


def refused(attempt: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        attempt()
    return caught.value


def left(found: Invoice) -> str:
    return str(selectors.of_supplier(found.supplier)[0][0].left)


@pytest.mark.clause("P2.2")
def test_payments_that_name_one_invoice_do_not_exceed_it_together() -> None:
    first, second = stage.agreed(goods()), stage.agreed(goods("PO-2", 5))
    found = stage.invoice(first.supplier, DIGITAL, "1000.00")
    stage.pay(first, invoices=DIGITAL)
    assert left(found) == "300.00"
    too_much = refused(lambda: stage.pay(second, "PZ-2", invoices=DIGITAL))
    assert isinstance(too_much, Invalid)
    assert (too_much.code, "50.00" in str(too_much.message)) == ("not_covered", True)
    stage.invoice(first.supplier, amount="50.00")
    made = stage.pay(second, "PZ-2", invoices=f"{DIGITAL} 12345678")
    assert [str(use.amount) for use in made.uses.order_by("pk")] == ["300.00", "50.00"]
    third = stage.agreed(goods("PO-3", 5))
    assert refused(lambda: stage.pay(third, "PZ-3", invoices=DIGITAL)).code == "used_up"


def test_a_deposit_that_names_an_invoice_takes_of_it_and_more_than_it_needs_takes_nothing() -> None:
    order = stage.order()
    payment = stage.agreed(stage.deposit(order))
    stage.invoice(order.supplier, DIGITAL, "200.00")
    stage.invoice(order.supplier, amount="500.00")
    third = stage.invoice(order.supplier, "87654321", "9.00")
    made = stage.pay(payment, invoices=f"{DIGITAL} 12345678 87654321")
    assert [str(use.amount) for use in made.uses.order_by("pk")] == ["200.00", "100.00", "0.00"]
    assert left(third) == "9.00"


@pytest.mark.parametrize(
    ("money", "given", "taken"),
    [
        ("10", ["4", "4", "4"], ["4", "4", "2"]),
        ("3", ["4", "4"], ["3", "0"]),
        ("9", ["4"], ["4"]),
        ("9", [], []),
    ],
)
def test_what_a_payment_takes_of_each(money: str, given: list[str], taken: list[str]) -> None:
    assert rules.covered(D(money), [D(each) for each in given]) == [D(each) for each in taken]


def test_what_is_not_recorded_pays_nothing() -> None:
    payment = stage.agreed(goods())
    made: dict[str, Any] = {"payment_id": payment.pk, "by": person("luo_buyer"), "now": NOW + 2 * MINUTE}
    paid = payments.Made("PZ-1", TODAY, DIGITAL)
    assert refused(lambda: payments.record(made=paid, **made)).code == "unknown"
    invoices.strike_out(
        invoice_id=stage.invoice(payment.supplier, DIGITAL).pk, reason="抄错", by=person("luo_buyer"), now=NOW
    )
    assert refused(lambda: payments.record(made=paid, **made)).code == "unknown"


def test_a_number_is_recorded_once_over_one_amount_for_one_supplier() -> None:
    record(stage.paper(DIGITAL))
    assert refused(lambda: record(stage.paper(DIGITAL))).code == "recorded"
    assert refused(lambda: record(stage.paper(DIGITAL, "700.01"))).code == "other_amount"
    other = world.supplier("FS02", "中山市木作家具厂")
    theirs = {"seller": other.name, "tax_id": world.CREDIT_CODES[1]}
    assert refused(lambda: record(stage.paper(DIGITAL, **theirs), of=other.pk)).code == "invoice_taken"
    record(stage.paper())
    assert refused(lambda: record(stage.paper(**theirs), of=other.pk)).code == "invoice_taken"
    assert record(stage.paper(**theirs, code="4403190010"), of=other.pk).supplier == other
    assert refused(lambda: record(stage.paper(code="4403190011"))).code == "recorded"


def test_a_number_that_an_older_voucher_paid_to_another_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vouchers of before invoices were recorded name numbers that nobody wrote down."""
    payment = stage.agreed(goods())
    other = world.supplier("FS02", "中山市木作家具厂")
    paper = stage.paper(DIGITAL, seller=other.name)
    with transaction.atomic():
        PaymentVoucher.objects.create(
            payment=payment, number="ALT-1", invoices=[DIGITAL], paid_on=TODAY, by=person("luo_buyer"),
            at=NOW + MINUTE, on=TODAY,
        )  # fmt: skip
        assert refused(lambda: record(paper, of=other.pk)).code == "invoice_taken"
        assert left(record(stage.paper(DIGITAL, "1000.00"))) == "300.00"
        monkeypatch.setattr(selectors, "recorded", lambda *_asked: None)
        monkeypatch.setattr(selectors, "paid_to_another", lambda *_asked: None)
        assert refused(lambda: record(paper, of=other.pk)).code == "recorded"
        monkeypatch.undo()
        transaction.set_rollback(True)  # the law of today would refuse such a voucher at the end


def test_an_invoice_is_the_suppliers_own() -> None:
    wrong = refused(lambda: record(stage.paper(seller="别家家具有限公司")))
    assert (wrong.code, wrong.errors[0]["path"]) == ("seller", "seller")  # type: ignore[attr-defined]
    coded = world.supplier("FS03", "有税号家具有限公司", credit_code=world.CREDIT_CODES[1])
    wrong = refused(lambda: record(stage.paper(), of=coded.pk))
    assert (wrong.code, wrong.errors[0]["path"]) == ("seller", "tax_id")  # type: ignore[attr-defined]
    assert record(stage.paper(tax_id=f" {world.CREDIT_CODES[1].lower()} "), of=coded.pk).supplier == coded


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"number": "1234567"}, "number"),
        ({"number": "1234567890"}, "number"),
        ({"code": ""}, "code"),
        ({"code": "123"}, "code"),
        ({"number": DIGITAL, "code": "4403190010"}, "code"),
        ({"tax_id": "12"}, "tax_id"),
        ({"seller": " "}, "seller"),
        ({"issued_on": TODAY + DAY}, "issued_on"),
        ({"amount": D(0)}, "amount"),
        ({"amount": D("0.001")}, "amount"),
    ],
)
def test_what_cannot_stand_on_an_invoice_is_refused(wrong: dict[str, Any], path: str) -> None:
    caught = refused(lambda: record(stage.paper(**{"number": "12345678", **wrong})))
    assert isinstance(caught, Invalid)
    assert caught.errors[0]["path"] == path
    assert not Invoice.objects.exists()


def test_it_needs_the_post_and_a_supplier() -> None:
    with pytest.raises(Forbidden):
        record(stage.paper(), by="li_lei")
    with pytest.raises(NotFound):
        record(stage.paper(), of=987654)
    with pytest.raises(NotFound):
        invoices.strike_out(invoice_id=987654, reason="x", by=person("luo_buyer"), now=NOW)


def test_a_wrong_record_is_struck_out_until_a_payment_names_it() -> None:
    found = record(stage.paper(DIGITAL, "7000.00"))
    by: dict[str, Any] = {"by": person("luo_buyer"), "now": NOW + MINUTE}
    with pytest.raises(Invalid):
        invoices.strike_out(invoice_id=found.pk, reason=" ", **by)
    invoices.strike_out(invoice_id=found.pk, reason="多打了一个零", **by)
    with pytest.raises(Conflict):
        invoices.strike_out(invoice_id=found.pk, reason="又一次", **by)
    again = record(stage.paper(DIGITAL, "700.00"))
    stage.pay(stage.agreed(goods()), invoices=DIGITAL)
    assert refused(lambda: invoices.strike_out(invoice_id=again.pk, reason="x", **by)).code == "used"


def test_the_database_refuses_what_the_verbs_refuse() -> None:
    found = record(stage.paper(DIGITAL, "1000.00"))
    other = world.supplier("FS02", "中山市木作家具厂")
    voucher = stage.pay(stage.agreed(goods()), invoices=DIGITAL)
    second = stage.pay(stage.agreed(stage.deposit(stage.order())), "PZ-2", invoices="")
    foreign = Invoice.objects.create(**_row(other, number="11223344", code="044031900104"))
    attempts: dict[str, Callable[[], object]] = {
        "invoice_once": lambda: Invoice.objects.create(**_row(found.supplier, number=DIGITAL)),
        "another supplier": lambda: InvoiceUse.objects.create(invoice=foreign, voucher=voucher, amount=D(0)),
        "issued by its supplier": lambda: Invoice.objects.create(**_row(other, seller=found.seller)),
        "invoice_named": lambda: InvoiceUse.objects.create(invoice=found, voucher=second, amount=D(1)),
        "invoice_used": lambda: InvoiceEnd.objects.create(
            invoice=found, reason="x", by=person("luo_buyer"), at=NOW
        ),
        "invoice_numbered": lambda: Invoice.objects.create(**_row(other, number="123")),
        "invoice_some": lambda: Invoice.objects.create(**_row(other, amount=D(0))),
    }
    for known, attempt in attempts.items():
        with pytest.raises(IntegrityError, match=known), transaction.atomic():
            attempt()


def test_the_database_bounds_an_invoice_and_lets_no_voucher_name_what_is_not_recorded() -> None:
    found = record(stage.paper(DIGITAL, "600.00"))
    payment = stage.agreed(goods())

    @transaction.atomic
    def by_hand(*parts: str) -> None:
        voucher = PaymentVoucher.objects.create(
            payment=payment, number="X-1", invoices=[DIGITAL], paid_on=TODAY, by=person("luo_buyer"),
            at=NOW + MINUTE, on=TODAY,
        )  # fmt: skip
        invoices.take(voucher, [(found, D(part)) for part in parts])
        connection.check_constraints()

    with pytest.raises(IntegrityError, match="do not exceed"):
        by_hand("600.01")
    with pytest.raises(IntegrityError, match="voucher_invoices"):
        by_hand()


def _row(of: Any, **more: Any) -> dict[str, Any]:
    facts = {
        "supplier": of, "number": "26442000000099999999", "code": "", "seller": of.name,
        "tax_id": world.CREDIT_CODES[0], "issued_on": TODAY, "amount": D(5), "by": person("luo_buyer"), "at": NOW,
    }  # fmt: skip
    return {**facts, **more}


def test_the_page_records_lists_and_leads_back_to_the_payment(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now() - 9 * MINUTE
    payment = stage.agreed(stage.goods(stage.order(now=now), 10, now=now), now=now)
    buyer, director = signed_in("luo_buyer"), signed_in("zhou_general")
    page, pay = f"/contracts/money/{payment.supplier_id}/invoices/", f"/contracts/payments/{payment.pk}/"
    assert f'href="{page}?payment={payment.pk}"' in buyer.get(pay).content.decode()
    form = {
        "number": DIGITAL, "amount": "1,000.00", "issued_on": timezone.localdate(), "seller": payment.supplier.name,
        "tax_id": world.CREDIT_CODES[0],
    }  # fmt: skip
    wrong = buyer.post(page, {**form, "tax_id": "x"})
    assert (wrong.status_code, DIGITAL in wrong.content.decode()) == (422, True)
    assert director.post(page, form).status_code in (403, 404, 422)
    assert not Invoice.objects.exists()
    scan = SimpleUploadedFile("发票.png", small_picture(), "image/png")
    answer = buyer.post(f"{page}?payment={payment.pk}", {**form, "file": scan})
    assert answer["Location"] == pay
    assert buyer.post(page, form).status_code == 409
    found = Invoice.objects.get()
    assert "1,000.00" in buyer.get(pay).content.decode()
    paid = {"voucher": "PZ-1", "paid_on": timezone.localdate(), "invoices": ["26442000000000000000"]}
    assert "先登记" in buyer.post(f"{pay}record/", paid).content.decode()
    assert buyer.post(f"{pay}record/", {**paid, "invoices": [DIGITAL]}).status_code == 302
    assert DIGITAL in buyer.get(pay).content.decode()
    assert buyer.get(f"/contracts/money-files/invoice/{found.pk}/").status_code == 200
    assert subject_url("invoice", str(found.pk)) == f"{page}#invoice-{found.pk}"
    assert subject_url("invoice", "987654") == ""
    monkeypatch.setattr(selectors, "PAGE", 2)
    for n in range(4):
        stage.invoice(payment.supplier, f"2644200000000000000{n}", now=now)
    with django_assert_max_num_queries(16):
        first = buyer.get(page).content.decode()
    assert first.count('id="invoice-') == 2
    assert "?before=" in first
    struck = Invoice.objects.latest("pk")
    assert buyer.post(f"/contracts/invoices/{struck.pk}/strike-out/", {"reason": ""}).status_code == 422
    assert buyer.post(f"/contracts/invoices/{struck.pk}/strike-out/", {"reason": "抄错"}).status_code == 302
    assert "抄错" in buyer.get(page).content.decode()
    assert buyer.post("/contracts/invoices/987654/strike-out/", {"reason": "x"}).status_code == 404
    assert "登记发票" not in director.get(page).content.decode()
