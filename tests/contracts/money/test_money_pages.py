"""Pages of money: the way from what is open to the voucher, and what refuses on it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from contracts.models import CreditNote, Payment, SetOff, SupplierReview, SupplierScore, Violation
from contracts.services import breaches
from office.approvals.models import Run
from office.deadlines import api as deadlines
from tests.contracts import world
from tests.contracts.money import stage
from tests.files.samples import small_picture
from tests.naughty import OWN
from tests.people import everybody, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> Any:
    return timezone.now()


@pytest.fixture
def buyer() -> Client:
    everybody()
    return signed_in("luo_buyer")


def test_from_what_is_open_to_the_voucher(buyer: Client, now: Any) -> None:
    order = stage.order(now=now)
    due = stage.goods(order, 10, now=now)
    claim = stage.claim(order.supplier, "120.50", now=now)
    stage.account(order.supplier, now=now)
    url = f"/contracts/money/{order.supplier_id}/"
    assert order.supplier.name in buyer.get("/contracts/money/").content.decode()
    page = buyer.get(url).content.decode()
    assert "700.00" in page
    assert "120.50" in page
    answer = buyer.post(f"{url}pay/", {"payable": [due.pk], "claim": [claim.pk], "comment": "月结"})
    run = Run.objects.get(kind="contracts.payment")
    assert answer["Location"].endswith(f"/{run.pk}/")
    assert f"#{run.pk}" in buyer.get(url).content.decode()
    again = buyer.post(f"{url}pay/", {"payable": [due.pk]})
    assert again.status_code == 409
    stage.agree(run, now=timezone.now())
    payment = Payment.objects.get()
    page = f"/contracts/payments/{payment.pk}/"
    assert "579.50" in buyer.get("/contracts/money/").content.decode()
    refused = buyer.post(
        f"{page}record/", {"voucher": "PZ-9", "paid_on": timezone.localdate(), "invoices": ""}
    )
    assert refused.status_code == 422
    assert "PZ-9" in refused.content.decode()
    wrong = buyer.post(f"{page}record/", {"voucher": "", "paid_on": "31/12"})
    assert wrong.status_code == 422
    stage.invoice(order.supplier, now=now)
    made = buyer.post(
        f"{page}record/", {"voucher": "PZ-9", "paid_on": timezone.localdate(), "invoices": "12345678"}
    )
    assert made.status_code == 302
    assert "PZ-9" in buyer.get(page).content.decode()
    assert buyer.post(f"{page}drop/", {"reason": "x"}).status_code == 409
    month = f"{timezone.localdate():%Y-%m}"
    statement = buyer.get(f"{url}{month}/").content.decode()
    assert "PZ-9" in statement
    assert "12345678" in statement


def test_a_payment_is_dropped_with_a_reason(buyer: Client, now: Any) -> None:
    payment = stage.agreed(stage.goods(stage.order(now=now), 10, now=now), now=now)
    page = f"/contracts/payments/{payment.pk}/"
    assert buyer.post(f"{page}drop/", {"reason": " "}).status_code == 422
    assert buyer.post(f"{page}drop/", {"reason": "账户有误"}).status_code == 302
    assert "账户有误" in buyer.get(page).content.decode()


def test_a_breach_says_what_follows_and_withholds(buyer: Client, now: Any) -> None:
    order = stage.order(now=now)
    due = stage.goods(order, 10, now=now)
    url = f"/contracts/money/{order.supplier_id}/"
    form = {"kind": "design", "happened_on": timezone.localdate(), "text": "展会见到我方餐椅"}
    assert "100" in buyer.get(f"{url}breach/").content.decode()
    assert buyer.post(f"{url}breach/", form).status_code == 422
    assert not Violation.objects.exists()
    assert buyer.post(f"{url}breach/", {**form, "sure": "on"}).status_code == 302
    found = Violation.objects.get()
    refused = buyer.post(f"{url}pay/", {"payable": [due.pk]})
    assert refused.status_code == 409
    assert "P1.6" in refused.content.decode()
    page = f"/contracts/breaches/{found.pk}/"
    assert buyer.post(f"{page}release/", {"reason": ""}).status_code == 422
    assert buyer.post(f"{page}penalty/", {"reason": "x"}).status_code == 409
    assert buyer.post(f"{page}release/", {"reason": "已签赔偿协议"}).status_code == 302
    stage.agree(Run.objects.get(), now=timezone.now())
    assert "已签赔偿协议" in buyer.get(page).content.decode()
    commission = breaches.record_breach(
        supplier_id=order.supplier_id, kind="commission", happened_on=now.date(), text="购物卡",
        by=person("luo_buyer"), now=now,
    )  # fmt: skip
    assert buyer.get(f"/contracts/breaches/{commission.pk}/").status_code == 200


def test_a_claim_has_its_page_its_credit_note_and_its_end(buyer: Client, now: Any) -> None:
    order = stage.order(now=now)
    claim = stage.claim(order.supplier, "120.50", by="chen_manager", now=now)
    page = f"/contracts/claims/{claim.pk}/"
    assert "TS-1" in buyer.get(page).content.decode()
    day = timezone.localdate()
    wrong = buyer.post(f"{page}credit-note/", {"number": "HZ-1", "issued_on": day, "amount": "$ 5"})
    assert wrong.status_code == 422
    assert (
        buyer.post(f"{page}credit-note/", {"number": "HZ-1", "issued_on": day, "amount": "1"}).status_code
        == 409
    )
    sent = {
        "number": "HZ-1", "issued_on": day, "amount": "120.5",
        "file": SimpleUploadedFile("红字.png", small_picture(), "image/png"),
    }  # fmt: skip
    assert buyer.post(f"{page}credit-note/", sent).status_code == 302
    note = CreditNote.objects.get()
    assert buyer.get(f"/contracts/money-files/credit-note/{note.pk}/").status_code == 200
    assert buyer.get("/contracts/money-files/nothing/1/").status_code == 404
    assert buyer.post(f"{page}take-back/", {"reason": ""}).status_code == 422
    assert buyer.post(f"{page}take-back/", {"reason": "误记"}).status_code == 302
    assert buyer.post(f"{page}take-back/", {"reason": "误记"}).status_code == 409
    assert "误记" in buyer.get(page).content.decode()


def test_a_credit_note_by_itself_and_a_consent_are_recorded(buyer: Client, now: Any) -> None:
    supplier = stage.order(now=now).supplier
    url = f"/contracts/money/{supplier.pk}/"
    day = timezone.localdate()
    form = {"number": "HZ-7", "issued_on": day, "amount": "1,000", "text": "返利"}
    assert buyer.get(f"{url}credit-note/").status_code == 200
    assert buyer.post(f"{url}credit-note/", {**form, "amount": "abc"}).status_code == 422
    assert buyer.post(f"{url}credit-note/", form).status_code == 302
    assert str(SetOff.objects.get().amount) == "1000.00"
    assert buyer.post(f"{url}credit-note/", form).status_code == 409
    consent = {"design": "餐椅", "third_party": "展会", "starts_on": day, "ends_on": day}
    assert buyer.get(f"{url}consent/").status_code == 200
    assert buyer.post(f"{url}consent/", consent).status_code == 422
    file = SimpleUploadedFile("同意书.png", small_picture(), "image/png")
    assert buyer.post(f"{url}consent/", {**consent, "file": file}).status_code == 302
    assert "展会" in buyer.get(url).content.decode()


def test_a_review_is_decided_on_its_page(buyer: Client, now: Any) -> None:
    supplier = stage.order(now=now).supplier
    score = SupplierScore.objects.create(
        supplier=supplier, month=now.date().replace(day=1), quality="70.0", facts={"claims": 0}, at=now
    )
    review = SupplierReview.objects.create(
        supplier=supplier, score=score, conditions=["quality"], clause="P0", opened_at=now, due_at=now
    )
    deadlines.open("contracts.review", subject=review.subject, started_at=now, now=now)
    page = f"/contracts/reviews/{review.pk}/"
    assert "70.0" in buyer.get("/contracts/scores/").content.decode()
    assert buyer.post(f"{page}decide/", {"decision": "keep"}).status_code == 422
    assert buyer.post(f"{page}decide/", {"decision": "keep", "reason": "换了产线"}).status_code == 302
    assert "换了产线" in buyer.get(page).content.decode()
    assert buyer.post(f"{page}decide/", {"decision": "keep", "reason": "x"}).status_code == 409


def test_what_is_not_there_is_not_found(buyer: Client, now: Any) -> None:
    supplier = stage.order(now=now).supplier
    for path in (
        "money/987654/", "payments/987654/", "claims/987654/", "breaches/987654/", "reviews/987654/",
        "payables/987654/", f"money/{supplier.pk}/2099-01/", f"money/{supplier.pk}/1999-01/",
        f"money/{supplier.pk}/2026-13/", f"money/{supplier.pk}/x/",
    ):  # fmt: skip
        assert buyer.get(f"/contracts/{path}").status_code == 404, path


def test_nothing_that_is_typed_makes_a_fault(buyer: Client, now: Any) -> None:
    supplier = world.supplier(now=now)
    url = f"/contracts/money/{supplier.pk}/"
    for text in OWN:
        for path, form in (
            ("pay/", {"payable": [text], "claim": [text], "comment": text}),
            ("credit-note/", {"number": text, "issued_on": text, "amount": text, "text": text}),
            ("breach/", {"kind": text, "happened_on": text, "text": text, "sure": "on"}),
            ("consent/", {"design": text, "third_party": text, "starts_on": text, "ends_on": text}),
        ):
            assert buyer.post(f"{url}{path}", form).status_code in (302, 409, 422), (path, text)
        assert buyer.get(url, {"before": text}).status_code in (200, 400), text


def test_lists_ask_as_often_for_many_as_for_few(
    buyer: Client, now: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(3):
        order = stage.order(of=world.supplier(f"FS{n}", f"佛山{n}号家具厂", now=now), now=now)
        stage.goods(order, 10, now=now)
    with django_assert_max_num_queries(16):
        buyer.get("/contracts/money/")
    with django_assert_max_num_queries(16):
        buyer.get("/contracts/scores/")
    with django_assert_max_num_queries(34):
        buyer.get(f"/contracts/money/{order.supplier_id}/")
