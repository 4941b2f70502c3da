"""A loss of ours, from the form with its lines to the set-off in the supplier's statement (P1.5, P3.4)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from contracts.models import LossClaim, PurchaseOrder, SetOff
from contracts.selectors import statements
from contracts.services import loss_files, losses
from contracts.services.booking import Upload
from contracts.services.losses import Loss
from office.errors import Conflict, Forbidden, Invalid
from office.files.api import Limits
from office.subjects import subject_url
from tests.contracts.money import stage
from tests.contracts.money.stage import NOW, D
from tests.contracts.orders import arrange
from tests.files.samples import PDF, small_picture
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


@pytest.fixture
def buyer() -> Client:
    return signed_in("luo_buyer")


@pytest.fixture
def order() -> PurchaseOrder:
    return stage.order(now=timezone.now())


def sent(*rows: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "clause": "P3.4", "text": "面料成分不符", "loss-TOTAL_FORMS": len(rows), "loss-INITIAL_FORMS": 0, **more,
    }  # fmt: skip
    for n, (kind, what, amount) in enumerate(rows):
        fields |= {f"loss-{n}-kind": kind, f"loss-{n}-what": what, f"loss-{n}-amount": amount}
    return fields


@pytest.mark.clause("P3.4")
def test_a_loss_claimed_is_set_off_with_its_paper() -> None:
    order = stage.order()
    lines = [Loss("direct", "客户退款", D("300.00")), Loss("indirect", "我方运费", D("45.50"))]
    made = losses.claim_loss(
        order_id=order.pk, clause="P3.4", text="成分不符", losses=lines, by=person("luo_buyer"), now=NOW
    )
    claim = SetOff.objects.get()
    assert (claim.amount, claim.kind, claim.order_id, claim.authority_clause) == (
        D("345.50"), "material", order.pk, "P3.4",
    )  # fmt: skip
    assert (claim.paper.type, claim.paper.label) == ("loss_claim", made.number)
    assert subject_url(claim.paper_type, claim.paper_id) == f"/contracts/orders/{order.pk}/#loss-{made.pk}"
    month = statements.statement_of(order.supplier, NOW.date().replace(day=1))
    assert (month.set_offs, month.closing) == (D("345.50"), D("-345.50"))
    assert month.lines[0].entry.record == f"/contracts/claims/{claim.pk}/"
    owed = stage.goods(order, 10)
    payment = stage.agreed(owed, claims=[claim])
    assert (payment.total, payment.set_off) == (D("354.50"), D("345.50"))


@pytest.mark.clause("P1.5")
def test_as_many_losses_as_there_are_each_with_its_paper(buyer: Client, order: PurchaseOrder) -> None:
    rows = [("direct", f"客户 {n} 退款", "1,000.50") for n in range(7)]
    scan = {"loss-3-file": SimpleUploadedFile("退款单.png", small_picture(), "image/png")}
    url = f"/contracts/orders/{order.pk}/claim/"
    assert buyer.get(url).status_code == 200
    answer = buyer.post(url, sent(*rows[:2], ("direct", "", ""), *rows[2:], **scan))
    made = LossClaim.objects.get()
    assert answer["Location"] == f"/contracts/orders/{order.pk}/#loss-{made.pk}"
    assert [line.n for line in made.lines.order_by("n")] == [1, 2, 3, 4, 5, 6, 7]
    assert SetOff.objects.get().amount == D("7003.50")
    paper = made.lines.get(n=3).file
    assert paper is not None
    page = buyer.get(f"/contracts/orders/{order.pk}/").content.decode()
    assert f'href="/contracts/orders/{order.pk}/papers/{paper.pk}/"' in page
    assert f'id="loss-{made.pk}"' in page
    assert buyer.get(f"/contracts/orders/{order.pk}/papers/{paper.pk}/").status_code == 200


def test_one_more_line_comes_without_a_script_and_keeps_what_was_typed(
    buyer: Client, order: PurchaseOrder
) -> None:
    url = f"/contracts/orders/{order.pk}/claim/"
    page = buyer.post(url, sent(("direct", "退款", "3x"), ("indirect", "", ""), more="1"))
    assert page.status_code == 200
    said = page.content.decode()
    assert 'name="loss-2-what"' in said
    assert 'value="3x"' in said
    assert "面料成分不符" in said
    most = buyer.post(url, sent(*[("direct", "x", "1")] * 50, more="1")).content.decode()
    assert 'name="loss-49-what"' in most
    assert 'name="loss-50-what"' not in most
    assert not LossClaim.objects.exists()


@pytest.mark.parametrize(
    "rows",
    [
        [("direct", "退款", "300"), ("direct", "运费", "")],
        [("direct", "退款", "300"), ("direct", "", "12")],
        [("direct", "退款", "USD 3")],
        [("other", "退款", "3")],
        [("direct", "", "")],
        [],
        [("direct", "x", "1")] * 51,
    ],
)
def test_no_loss_that_was_begun_is_left_out_unseen(
    buyer: Client, order: PurchaseOrder, rows: list[tuple[str, str, str]]
) -> None:
    answer = buyer.post(f"/contracts/orders/{order.pk}/claim/", sent(*rows))
    assert answer.status_code == 422
    assert not LossClaim.objects.exists()


def test_what_is_no_form_and_what_is_no_paper_are_refused(buyer: Client, order: PurchaseOrder) -> None:
    url = f"/contracts/orders/{order.pk}/claim/"
    assert buyer.post(url, {}).status_code == 422
    assert buyer.post(url, {"more": "1", "loss-TOTAL_FORMS": "²"}).status_code == 200
    bad = {"loss-0-file": SimpleUploadedFile("a.svg", b"<svg/>", "image/svg+xml")}
    assert buyer.post(url, sent(("direct", "退款", "3"), **bad)).status_code in (415, 422)
    late = buyer.post(url, sent(("direct", "退款", "3"), clause="P1.5"))
    assert late.status_code == 409
    assert "退款" in late.content.decode()
    assert buyer.post("/contracts/orders/987654/claim/", sent()).status_code == 404


def _send(buyer: Client, order: PurchaseOrder, name: str, content: bytes, n: int = 0) -> Any:
    return buyer.post(
        f"/contracts/orders/{order.pk}/claim/file/",
        {"field": f"loss-{n}-file", "file": SimpleUploadedFile(name, content, "image/png")},
        headers={"X-Upload": "1"},
    )


def _token(answer: Any) -> str:
    return str(re.findall(r'name="loss-\d+-kept" value="([^"]+)"', answer.content.decode())[0])


def test_papers_go_one_by_one_and_together_may_be_more_than_one_request_takes(
    buyer: Client, order: PurchaseOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("office.files.forms.REST", 2_000)
    monkeypatch.setattr(Limits, "largest", lambda _limits: 9_000)
    papers = [PDF + f"% {n}\n".encode() * 1_500 for n in range(3)]
    url, rows = (
        f"/contracts/orders/{order.pk}/claim/",
        [("direct", f"客户 {n} 退款", "10.00") for n in range(3)],
    )
    at_once = {f"loss-{n}-file": SimpleUploadedFile(f"{n}.pdf", paper) for n, paper in enumerate(papers)}
    assert buyer.post(url, sent(*rows, **at_once)).status_code == 413
    tokens = {}
    for n, paper in enumerate(papers):
        answer = _send(buyer, order, f"{n}.pdf", paper, n)
        assert answer.status_code == 200, answer.content
        tokens[f"loss-{n}-kept"] = _token(answer)
    again = buyer.post(url, sent(*rows, text="", **tokens))  # what is refused keeps the papers
    assert again.status_code == 422
    assert all(token in again.content.decode() for token in tokens.values())
    assert buyer.post(url, sent(*rows, **tokens)).status_code == 302
    names = [line.file.name for line in LossClaim.objects.get().lines.order_by("n") if line.file]
    assert names == ["0.pdf", "1.pdf", "2.pdf"]


def test_a_paper_that_is_none_or_too_large_is_refused_in_its_line(
    buyer: Client, order: PurchaseOrder
) -> None:
    bad = _send(buyer, order, "a.svg", b"<svg/>")
    assert (bad.status_code, "data-kept" in bad.content.decode()) == (422, False)
    assert _send(buyer, order, "a.png", b"").status_code == 422
    assert buyer.post(f"/contracts/orders/{order.pk}/claim/file/", {}).status_code == 422
    assert buyer.post("/contracts/orders/987654/claim/file/", {}).status_code == 404


def test_a_paper_is_named_by_who_sent_it_and_for_its_order_only(buyer: Client, order: PurchaseOrder) -> None:
    token = _token(_send(buyer, order, "退款单.png", small_picture()))
    other = stage.order(now=timezone.now())
    row = ("direct", "退款", "10.00")
    for to, kept in ((other, token), (order, token[:-1] + "x"), (order, "7:8"), (order, f"{token}:{token}")):
        answer = buyer.post(f"/contracts/orders/{to.pk}/claim/", sent(row, **{"loss-0-kept": kept}))
        assert answer.status_code == 422
        assert "重新选择" in answer.content.decode()
    with pytest.raises(Invalid):
        loss_files.named(token, order_id=order.pk, by=person("chen_manager"))
    with time_machine.travel(timezone.now() + dt.timedelta(days=2)), pytest.raises(Invalid):
        loss_files.named(token, order_id=order.pk, by=person("luo_buyer"))
    with pytest.raises(Forbidden):
        loss_files.keep(
            upload=Upload(small_picture(), "a.png"),
            order_id=order.pk,
            by=person("li_lei"),
            now=timezone.now(),
        )
    assert not LossClaim.objects.exists()


@pytest.mark.clause("P1.5")
def test_no_delay_is_claimed_of_an_order_that_was_cancelled_by_agreement_and_in_time() -> None:
    order = stage.order()
    arrange.agreed_end(order, "cancel")
    with pytest.raises(Conflict) as told:
        losses.claim_loss(
            order_id=order.pk, clause="P1.5", text="空等", losses=[Loss("direct", "空等", D("500.00"))],
            by=person("luo_buyer"), now=NOW,
        )  # fmt: skip
    assert told.value.code == "not_late"
