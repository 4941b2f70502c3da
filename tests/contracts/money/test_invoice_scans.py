"""P2.2: a scan comes after the invoice was recorded; what is refused keeps what was typed; an invoice over goods that a
claim of ours partly paid stands behind nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from contracts.models import Invoice, InvoiceScan
from contracts.selectors import invoices as selectors
from contracts.selectors import money_files
from contracts.services import booking, invoices
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.money.stage import MINUTE, NOW
from tests.files.samples import small_picture
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site"), pytest.mark.clause("P2.2")]


def scan_of(found: Invoice, by: str = "luo_buyer") -> InvoiceScan:
    upload = booking.Upload(small_picture(), "发票.png")
    return invoices.add_scan(invoice_id=found.pk, upload=upload, by=person(by), now=NOW + MINUTE)


def test_a_scan_is_added_later_and_stays() -> None:
    found = stage.invoice(world.supplier())
    made = scan_of(found)
    assert found.file is None
    assert money_files.file_of("invoice-scan", made.pk) == made.file
    with pytest.raises(Forbidden):
        scan_of(found, by="song_inspector")
    with pytest.raises(NotFound):
        scan_of(Invoice(pk=0))
    for _n in range(invoices.MOST_SCANS - 1):
        scan_of(found)
    with pytest.raises(Conflict, match="5") as caught:
        scan_of(found)
    assert caught.value.code == "many"


def test_nothing_is_added_to_an_invoice_that_was_struck_out() -> None:
    found = stage.invoice(world.supplier())
    file = scan_of(found).file
    invoices.strike_out(invoice_id=found.pk, reason="抄错", by=person("luo_buyer"), now=NOW + MINUTE)
    with pytest.raises(Conflict) as caught:
        scan_of(found)
    assert caught.value.code == "struck_out"
    with pytest.raises(IntegrityError, match="a few scans"), transaction.atomic():
        InvoiceScan.objects.create(invoice=found, file=file, by=person("luo_buyer"), at=NOW)


def test_the_database_keeps_scans_and_few_of_them() -> None:
    found = stage.invoice(world.supplier())
    made = scan_of(found)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        made._meta.model._base_manager.filter(pk=made.pk).update(at=NOW)
    for _n in range(invoices.MOST_SCANS - 1):
        InvoiceScan.objects.create(invoice=found, file=made.file, by=person("luo_buyer"), at=NOW)
    with pytest.raises(IntegrityError, match="a few scans"), transaction.atomic():
        InvoiceScan.objects.create(invoice=found, file=made.file, by=person("luo_buyer"), at=NOW)


def test_the_page_adds_a_scan_and_shows_it() -> None:
    found = stage.invoice(world.supplier(), now=timezone.now() - MINUTE)
    buyer, page = signed_in("luo_buyer"), reverse("contracts:invoices", args=[found.supplier_id])
    where = reverse("contracts:invoice_scan", args=[found.pk])
    assert where in buyer.get(page).content.decode()
    assert buyer.post(where, {}).status_code == 422
    text = SimpleUploadedFile("发票.exe", b"MZ" + b"\0" * 400, "application/pdf")
    assert buyer.post(where, {"file": text}).status_code == 422
    answer = buyer.post(where, {"file": SimpleUploadedFile("发票.png", small_picture(), "image/png")})
    assert answer["Location"] == f"{page}#invoice-{found.pk}"
    made = InvoiceScan.objects.get()
    kept = reverse("contracts:money_file", args=["invoice-scan", made.pk])
    shown = buyer.get(page).content.decode()
    assert kept in shown
    assert made.by.name in shown
    assert buyer.get(kept).status_code == 200
    for _n in range(invoices.MOST_SCANS - 1):
        scan_of(found)
    assert where not in buyer.get(page).content.decode()
    assert where not in signed_in("zhou_general").get(page).content.decode()


def test_a_refused_striking_out_keeps_the_reason_that_was_typed() -> None:
    found = stage.invoice(world.supplier(), now=timezone.now() - MINUTE)
    buyer, where = signed_in("luo_buyer"), reverse("contracts:invoice_strike_out", args=[found.pk])
    assert buyer.post(where, {"reason": ""}).status_code == 422
    invoices.strike_out(invoice_id=found.pk, reason="别人先作废了", by=person("luo_buyer"), now=NOW + MINUTE)
    answer = buyer.post(where, {"reason": "票面金额多打了一个零"})
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert 'value="票面金额多打了一个零"' in shown
    assert "已作废" in shown
    page = reverse("contracts:invoices", args=[found.supplier_id])
    assert (
        f'action="{page}"' in shown
    )  # the form beside it and the pager are the page's, not the refused one's
    assert f'href="{page}"' in shown
    assert 'href="?' not in shown


def left(found: Invoice) -> str:
    return str(next(each for each in selectors.of_supplier(found.supplier)[0] if each.pk == found.pk).left)


@pytest.mark.clause("P5")
def test_an_invoice_over_goods_that_a_loss_partly_paid_is_used_up_by_them() -> None:
    order = stage.order(deposit_percent="0")
    owed = stage.goods(order, 10)
    claim = stage.claim(order.supplier, "300.00")
    found = stage.invoice(order.supplier, amount="1000.00")
    stage.pay(stage.agreed(owed, claims=[claim]))
    assert (
        left(found) == "0.00"
    )  # 700 in money, 300 that the supplier bears: the goods cost 1,000 all the same
    other = stage.goods(stage.order((3, "100.00"), of=order.supplier, deposit_percent="0"), 3)
    with pytest.raises(Invalid, match="12345678"):
        stage.pay(stage.agreed(other), "PZ-2")


@pytest.mark.clause("P3.1")
def test_a_lower_price_leaves_an_invoice_as_it_is() -> None:
    order = stage.order(deposit_percent="0")
    [row] = stage.arrive(stage.ship(order, 10), 10)
    booked = stage.judge(row, 10, 0, "price_cut", "300.00")
    assert booked.owed is not None
    found = stage.invoice(order.supplier, amount="1400.00")
    stage.pay(stage.agreed(booked.owed, claims=booked.claims))
    assert left(found) == "700.00"  # issued over the lower price


def test_an_invoice_over_less_than_the_goods_cost_pays_what_it_is_over() -> None:
    order = stage.order(deposit_percent="0")
    owed = stage.goods(order, 10)
    claim = stage.claim(order.supplier, "300.00")
    found = stage.invoice(order.supplier, amount="700.00")
    stage.pay(stage.agreed(owed, claims=[claim]))
    assert (left(found), found.uses.get().amount) == ("0.00", Decimal("700.00"))
