"""The pages of suppliers, contracts and the clause library, as people use them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contracts.models import (
    BankDetails,
    Certificate,
    ClauseText,
    Contract,
    ContractSignature,
    ContractVersion,
    Supplier,
    SupplierContact,
)
from contracts.rules.terms import PARAMETERS
from office.approvals.models import Run
from tests.accounts.access.stage import agree
from tests.contracts import world
from tests.contracts.world import CREDIT_CODES, DAY
from tests.files.samples import small_picture
from tests.naughty import strings
from tests.people import everybody, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("P0", "P6")]


def here(name: str, *args: Any) -> str:
    return reverse(f"contracts:{name}", args=args)


def scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("盖章页.png", small_picture())


def drawn(contract: Contract, **said: Any) -> dict[str, Any]:
    """The form of a version as a browser sends it."""
    today = timezone.localdate()
    given: dict[str, Any] = {
        "our_name": "珠海紫文家居有限公司",
        "starts_on": str(today),
        "ends_on": str(today + 300 * DAY),
        "settlement": "monthly_30",
        "deposit_percent": "30",
        "balance_days": "30",
        "return_days": "1",
        "deemed_days": "3",
        "warehouse": world.WAREHOUSE,
        "partial_delivery": "True",
        "withhold_percent": "100",
        "penalty_months": "1",
        "rectification_hours": "24",
        "report_standard": "national",
        "reports_per_step": "1",
    }
    assert {each.name for each in PARAMETERS} <= set(given)
    return {**given, **said}


def test_a_buyer_takes_a_supplier_from_the_first_record_to_a_contract_in_force() -> None:
    client = signed_in("luo_buyer")
    assert "还没有供应商" in client.get(here("suppliers")).content.decode()
    client.post(
        here("supplier_new"), {"code": "FS09", "name": "佛山市新木家具厂", "credit_code": CREDIT_CODES[0]}
    )
    supplier = Supplier.objects.get(code="FS09")
    client.post(here("supplier_act", supplier.pk, "contact"), {"name": "梁厂长", "phone": "13700001111"})
    client.post(
        here("supplier_act", supplier.pk, "certificate"),
        {"kind": "business_licence", "expires_on": str(timezone.localdate() + 10 * DAY), "file": scan()},
    )
    page = client.get(here("supplier", supplier.pk)).content.decode()
    assert "梁厂长" in page
    assert "chip-near" in page
    assert "还没提供" in page
    answer = client.post(here("contract_new"), {"supplier": supplier.code, "title": "实木家具"})
    contract = Contract.objects.get()
    assert answer["Location"] == here("version_new", contract.pk)
    assert client.get(here("version_new", contract.pk)).status_code == 200
    client.post(
        here("version_new", contract.pk), drawn(contract, extra_title_1="包装", extra_text_1="五层纸箱。")
    )
    version = ContractVersion.objects.get()
    assert version.clauses[-1]["text"] == "五层纸箱。"
    for side in ("ours", "theirs"):
        assert (
            "待签署" in client.get(here("contracts") + "?state=unsigned").content.decode() or side == "ours"
        )
        client.post(
            here("contract_act", contract.pk, "sign"),
            {
                "side": side,
                "means": "seal",
                "signer": "某",
                "signed_on": str(timezone.localdate()),
                "file": scan(),
            },
        )
    assert contract.number not in client.get(here("contracts") + "?state=in_force").content.decode()
    assert "1 条自拟条款" in client.get(here("contract", contract.pk)).content.decode()
    world.agreed_terms(version, now=timezone.now())
    assert "生效" in client.get(here("contract", contract.pk)).content.decode()
    assert contract.number in client.get(here("contracts") + "?state=in_force").content.decode()
    pdf = client.get(here("version_pdf", version.pk))
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    signature = ContractSignature.objects.first()
    assert signature is not None
    assert client.get(here("signature_file", signature.pk)).status_code == 200
    certificate = Certificate.objects.get()
    assert client.get(here("certificate_file", certificate.pk)).status_code == 200
    client.post(here("certificate_end", certificate.pk), {"reason": "换证"})
    assert not Certificate.objects.filter(end=None).exists()


def test_an_amendment_is_read_beside_what_it_amends() -> None:
    first = world.active(now=timezone.now())
    client = signed_in("luo_buyer")
    client.post(
        here("version_new", first.contract_id), drawn(first.contract, deposit_percent="40", reason="提价")
    )
    second = ContractVersion.objects.get(n=2)
    page = client.get(here("compare", second.pk)).content.decode()
    assert "<del>30%</del>" in page
    assert "<ins>40%</ins>" in page
    assert "<del>3</del>" in page  # within the clause, only what differs
    assert client.get(here("compare", first.pk) + "?with=2").status_code == 200
    assert client.get(here("compare", first.pk)).status_code == 404


def test_what_was_typed_stays_when_it_is_refused() -> None:
    contract = world.contract(now=timezone.now())
    client = signed_in("luo_buyer")
    answer = client.post(
        here("version_new", contract.pk), drawn(contract, deposit_percent="三成", extra_text_1="没有标题")
    )
    assert answer.status_code == 422
    assert "三成" in answer.content.decode()
    assert "没有标题" in answer.content.decode()
    answer = client.post(here("supplier_act", contract.supplier_id, "contact"), {"name": "没有电话的人"})
    assert answer.status_code == 422
    assert "没有电话的人" in answer.content.decode()
    unsigned = world.version(contract, now=timezone.now())
    answer = client.post(
        here("contract_act", unsigned.contract_id, "sign"),
        {
            "side": "ours", "means": "seal", "signer": "方总", "signed_on": str(timezone.localdate()),
            "file": SimpleUploadedFile("x.txt", "盖了".encode()),
        },
    )  # fmt: skip
    assert answer.status_code == 422
    assert "扫描件须为图片或 PDF" in answer.content.decode()
    assert "方总" in answer.content.decode()


def test_a_contract_is_let_run_out_or_ended() -> None:
    version = world.active(now=timezone.now())
    client = signed_in("luo_buyer")
    client.post(here("contract_act", version.contract_id, "run_out"), {"reason": "换厂"})
    assert "不续签" in client.get(here("contract", version.contract_id)).content.decode()
    client.post(here("contract_act", version.contract_id, "end"), {"reason": "停产"})
    assert version.contract.number in client.get(here("contracts") + "?state=ended").content.decode()
    assert (
        client.post(here("contract_act", version.contract_id, "end"), {"reason": "再停"}).status_code == 409
    )
    assert client.post(here("contract_act", version.contract_id, "burn"), {}).status_code == 404


@pytest.mark.clause("P2.1")
def test_an_account_is_asked_for_with_its_call_and_shown_whole_only_to_who_sees_money() -> None:
    everybody("luo_buyer", "chen_manager", "song_inspector")
    contact = world.contact(now=timezone.now())
    client = signed_in("luo_buyer")
    form = {
        "holder": "佛山市恒木家具有限公司", "bank": "农行乐从支行", "account": "4400666677778888",
        "contact": contact.pk, "called_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}", "spoke_with": "何总",
        "outcome": "yes",
    }  # fmt: skip
    assert client.get(here("bank_ask", contact.supplier_id)).status_code == 200
    assert client.post(here("bank_ask", contact.supplier_id), {**form, "account": "1"}).status_code == 422
    answer = client.post(here("bank_ask", contact.supplier_id), form)
    run = Run.objects.get()
    assert answer["Location"] == reverse("approvals:run", args=[run.pk])
    assert "登记在册" in signed_in("chen_manager").get(answer["Location"]).content.decode()
    agree(run, "chen_manager", now=timezone.now())
    assert BankDetails.objects.count() == 1
    assert "4400666677778888" in client.get(here("supplier", contact.supplier_id)).content.decode()
    looked = signed_in("song_inspector").get(here("supplier", contact.supplier_id)).content.decode()
    assert "4400666677778888" not in looked
    assert "8888" in looked
    denied = client.post(
        here("bank_ask", contact.supplier_id), {**form, "account": "6222000011112222", "outcome": "no"}
    )
    assert denied.status_code in {302, 422}


@pytest.mark.clause("P6")
def test_the_manager_revises_a_clause_and_others_only_read_it() -> None:
    client = signed_in("chen_manager")
    assert "P7b" in client.get(here("clauses")).content.decode()
    answer = client.post(here("clause", "P7b"), {"title": "订单回传", "text": "三天。", "seen": 0})
    assert answer.status_code == 422
    text = "乙方应在{return_days}内回传，{deemed_days}内未回传的视为接受。邮件有效。"
    client.post(here("clause", "P7b"), {"title": "订单回传", "text": text, "seen": 0})
    assert ClauseText.objects.get().text == text
    reader = signed_in("song_inspector")
    assert "<textarea" not in reader.get(here("clause", "P7b")).content.decode()
    refused = reader.post(here("clause", "P7b"), {"title": "订单回传", "text": text + "。", "seen": 1})
    assert refused.status_code == 403
    assert client.get(here("clause", "P99")).status_code == 404


def test_a_contact_is_changed_and_found_no_more_once_gone() -> None:
    contact = world.contact(now=timezone.now())
    client = signed_in("luo_buyer")
    assert client.get(here("contact", contact.pk)).status_code == 200
    client.post(here("contact", contact.pk), {"name": "何工", "phone": "13800138000"})
    assert SupplierContact.objects.get().active is False
    assert "已离职" in client.get(here("supplier", contact.supplier_id)).content.decode()


def test_two_characters_find_a_supplier_and_odd_ones_break_nothing() -> None:
    world.supplier(now=timezone.now())
    client = signed_in("luo_buyer")
    assert "恒木" in client.get(here("suppliers"), {"q": "恒木"}).content.decode()
    assert "没有符合的供应商" in client.get(here("suppliers"), {"q": "匠心"}).content.decode()
    for text in strings()[:60]:
        assert client.get(here("suppliers"), {"q": text, "after": text}).status_code < 500
        assert client.get(here("contracts"), {"state": text, "before": text}).status_code < 500


def queries(client: Client, address: str, most: int, django_assert_max_num_queries: Any) -> None:
    client.get(address)
    with django_assert_max_num_queries(most):
        assert client.get(address).status_code == 200


def test_the_lists_ask_a_bounded_number_of_questions(django_assert_max_num_queries: Any) -> None:
    now = timezone.now()
    for number in range(6):
        of = world.supplier(f"S{number}", f"第{number}家具厂", now=now)
        world.active(of, now=now) if number % 2 else world.version(world.contract(of, now=now), now=now)
    client = signed_in("luo_buyer")
    queries(client, here("suppliers"), 16, django_assert_max_num_queries)
    queries(client, here("contracts"), 18, django_assert_max_num_queries)


def test_nobody_outside_finds_what_is_hidden() -> None:
    contract = world.contract(now=timezone.now())
    assert signed_in("li_lei").get(here("contract", contract.pk)).status_code == 403
    looks = signed_in("song_inspector")
    assert looks.get(here("contract", contract.pk)).status_code == 200
    assert "结束合同" not in looks.get(here("contract", contract.pk)).content.decode()
    assert person("song_inspector").pk
