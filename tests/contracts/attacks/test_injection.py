"""What people type is text on every paper: no markup of typst, no formula of a spreadsheet, no page of a browser."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from contracts.printing.contract import contract_pdf
from contracts.printing.marking import mark_pdf
from contracts.printing.typeset import typeset
from contracts.services import agreements, credit_notes, library, statement_files
from office.errors import Conflict, Invalid
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.world import NOW, TODAY
from tests.people import everybody, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]

MARKUP = '#read("contract.typ") $x^2$ \\ @ref `code` <label> *b* _i_ = H #image("/etc/passwd") //c /*d*/ ~ --- \\u{41}'
FORMULAS = ('=HYPERLINK("http://evil",1)', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "＝1+1", "=cmd|'/c calc'!A0")


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def test_a_contract_says_markup_and_does_not_obey_it() -> None:
    everybody()
    supplier = world.supplier(name=f"厂{MARKUP}"[:120], address=MARKUP)
    version = agreements.put_version(
        contract_id=world.contract(supplier, title=f"约{MARKUP}"[:120]).pk, starts_on=TODAY, ends_on=TODAY,
        terms={"warehouse": f"仓{MARKUP}"[:120]}, extra=[{"title": f"条{MARKUP}"[:60], "text": MARKUP}],
        our_name=f"我{MARKUP}"[:120], by=person("luo_buyer"), now=NOW,
    )  # fmt: skip
    said = text_of(contract_pdf(version))
    assert re.sub(r"\s+", "", MARKUP) in said
    assert "sys.inputs" not in said
    assert "root:" not in said


def test_a_statement_says_it_too_in_both_forms() -> None:
    order = stage.order(of=world.supplier(name=f"厂{MARKUP}"[:120]))
    for n, formula in enumerate(FORMULAS):
        claim = stage.claim(order.supplier, "10.00", about=str(n))
        assert claim.pk
        note = credit_notes.Note(f"{formula}{n}"[:40], NOW.date(), stage.D("1.00"), text=f"{formula}{MARKUP}")
        credit_notes.record(supplier_id=order.supplier_id, note=note, by=person("luo_buyer"), now=NOW)
    given = {
        "supplier_id": order.supplier_id,
        "month": date(2026, 11, 1),
        "by": person("luo_buyer"),
        "now": NOW,
    }
    assert "sys.inputs" not in text_of(statement_files.export_pdf(**given))  # type: ignore[arg-type]
    book = load_workbook(statement_files.export_xlsx(**given))  # type: ignore[arg-type]
    cells = [
        cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
    ]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert not any(cell.hyperlink for cell in cells)


def test_a_mark_across_a_design_is_text() -> None:
    plain = typeset("mark.typ", {"width": 300, "height": 300, "text": "x", "rows": 2}, at=NOW)
    marked = mark_pdf(plain, MARKUP[:60], at=NOW)
    assert "#read(" in text_of(marked)


def test_a_clause_fills_in_terms_and_reaches_into_nothing() -> None:
    everybody()
    for text in (
        "{warehouse.__class__}",
        "{0}",
        "{warehouse!r:>99999999}",
        "{",
        "}",
        "{{warehouse}}",
        "{nothing}",
    ):
        try:
            library.revise_clause(
                clause_id="P2.2", title="付款", text=text, seen=0, by=person("chen_manager"), now=NOW
            )
        except (Invalid, Conflict):
            continue
        version = world.version(world.contract(world.supplier(), title="约"), now=NOW)
        assert "class" not in str(version.clauses).replace("{warehouse.__class__}", "")


def test_pages_show_tags_as_text() -> None:
    tag = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    supplier = world.supplier(name=tag, address=tag)
    order = stage.order(of=supplier)
    stage.claim(supplier, "10.00")
    assert order.version is not None
    client = signed_in("chen_manager")
    for name, pk in (
        ("supplier", supplier.pk), ("account", supplier.pk), ("order", order.pk), ("door_links", supplier.pk),
        ("contract", order.version.contract_id),
    ):  # fmt: skip
        page = client.get(reverse(f"contracts:{name}", args=[pk])).content.decode()
        assert "<script>alert" not in page, name
        assert "<img src=x" not in page, name
