"""The contract's paper in Chinese: two originals, page numbers, the digest in the footer, room to sign (P6)."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from contracts.models import ContractVersion
from contracts.printing.contract import contract_pdf
from contracts.rules import paper
from contracts.services import agreements, suppliers
from tests.contracts import world
from tests.contracts.world import CREDIT_CODES, NOW, TODAY
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("P6")]


def read(pdf: bytes) -> list[str]:
    """The text of each page without the breaks of lines."""
    return [re.sub(r"\s+", "", page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


def drawn(**more: object) -> ContractVersion:
    given: dict[str, object] = {
        "contract_id": world.contract(
            world.supplier(credit_code=CREDIT_CODES[0], address="佛山市顺德区乐从镇")
        ).pk,
        "starts_on": TODAY,
        "ends_on": TODAY.replace(year=2027),
        "terms": {"warehouse": world.WAREHOUSE, "deposit_percent": "25"},
        "our_name": "珠海紫文家居有限公司",
        "by": person("luo_buyer"),
        "now": NOW,
        **more,
    }
    return agreements.put_version(**given)  # type: ignore[arg-type]


def test_its_text_is_read_back_in_chinese() -> None:
    version = drawn(extra=[{"title": "包装", "text": "纸箱须印“小心轻放”。\n每箱附清单。"}])
    pages = read(contract_pdf(version))
    half = len(pages) // 2
    whole, first = "".join(pages), "".join(pages[:half])
    assert len(pages) == 2 * half
    for said in (
        "协作加工合同", "甲方：珠海紫文家居有限公司", "乙方：佛山市恒木家具有限公司", CREDIT_CODES[0], "HT-2026-001",
        "货款的25%作为订金", "1日内回传", "送至佛山市顺德区乐从镇一号仓", "2026年11月23日至2027年11月23日",
        "纸箱须印“小心轻放”。", "甲方（签字或盖章）", "乙方（签字或盖章）", "授权代表", "日期",
    ):  # fmt: skip
        assert said in first, said
    assert len(re.findall("第[0-9]+条", first)) == len(version.clauses)
    for number, page in enumerate(pages):
        assert f"第{number % half + 1}页共{half}页" in page
        assert version.sha256 in page
        assert ("正本（甲方执）" if number < half else "正本（乙方执）") in page
    assert whole.count("授权代表") == 4


def test_the_paper_stays_what_it_was_when_the_supplier_is_renamed() -> None:
    version = drawn()
    before = contract_pdf(version)
    of = version.contract.supplier
    suppliers.edit_supplier(
        supplier_id=of.pk, name="新名家具有限公司", credit_code="", address="", active=True, by=person("luo_buyer"),
        now=NOW,
    )  # fmt: skip
    again = ContractVersion.objects.select_related("contract__supplier").get(pk=version.pk)
    assert contract_pdf(again) == before


def test_nothing_typed_is_read_as_markup() -> None:
    text = '#panic("x") $1$ *粗* [a] \\ // "引号" <b>&amp;'
    version = drawn(extra=[{"title": "#import", "text": text}], our_name="#set page(width: 1pt)")
    pages = "".join(read(contract_pdf(version)))
    assert re.sub(r"\s+", "", text) in pages
    assert "#setpage(width:1pt)" in pages


def test_the_digest_is_over_everything_the_paper_says() -> None:
    version = drawn()
    given = {
        "number": version.contract.number, "n": version.n, "parties": version.parties, "title": version.contract.title,
        "starts_on": version.starts_on, "ends_on": version.ends_on, "terms": version.terms, "clauses": version.clauses,
    }  # fmt: skip
    assert paper.digest(**given) == version.sha256
    others = {
        "number": "X", "n": 2, "parties": {}, "title": "X", "starts_on": NOW.date().replace(day=1),
        "ends_on": NOW.date(), "terms": {}, "clauses": [],
    }  # fmt: skip
    assert all(paper.digest(**{**given, name: value}) != version.sha256 for name, value in others.items())


def test_our_name_is_the_one_last_used() -> None:
    assert drawn(our_name="").parties["ours"] == "甲方"
    drawn()
    assert drawn(our_name="").parties["ours"] == "珠海紫文家居有限公司"
