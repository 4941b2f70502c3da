"""The statement as files: read back in Chinese from the PDF, with numbers from the workbook, both in the register."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from contracts.models import Supplier
from contracts.services import breaches, statement_files
from office.audit.models import Entry, Export
from office.errors import Forbidden, NotFound
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, NOW
from tests.people import person

pytestmark = pytest.mark.django_db

NOVEMBER = date(2026, 11, 1)


def booked() -> Supplier:
    """A deposit paid, goods, a claim: 1000 − 300 − 120.50 = 579.50."""
    order = stage.order()
    stage.pay(stage.agreed(stage.deposit(order)), "PZ-2611-01", invoices="26442000000012345678")
    stage.goods(order, 10, "SH-88", NOW + DAY)
    stage.claim(order.supplier, "120.50", now=NOW + 2 * DAY)
    return order.supplier


@pytest.mark.clause("P2.2")
def test_its_text_is_read_back_in_chinese_and_adds_up() -> None:
    supplier = booked()
    content = statement_files.export_pdf(
        supplier_id=supplier.pk, month=NOVEMBER, by=person("luo_buyer"), now=NOW + 30 * DAY
    )
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    text = re.sub(r"\s+", "", "".join(pages))
    for said in (
        "供应商对账单", "2026年11月", "佛山市恒木家具有限公司", "人民币", "期初余额0.00", "PZ-2611-01",
        "发票26442000000012345678", "SH-88", "投诉", "TS-1", "300.00", "1,000.00", "120.50", "579.50",
        "期末余额", "签字或盖章", "第1页共1页", "校验码SHA-256",
    ):  # fmt: skip
        assert said in text, said
    assert "本月尚未结束" not in text
    [row] = Export.objects.all()
    assert (row.format, row.rows, row.filters) == ("pdf", 3, {"month": "2026-11"})
    assert row.code in text
    assert Entry.objects.filter(verb="contracts.export_statement").exists()


def test_a_month_that_runs_says_so_and_so_does_a_freeze() -> None:
    supplier = booked()
    breaches.record_breach(
        supplier_id=supplier.pk, kind="design", happened_on=NOW.date(), text="外泄", by=person("luo_buyer"),
        now=NOW + 3 * DAY,
    )  # fmt: skip
    content = statement_files.export_pdf(
        supplier_id=supplier.pk, month=NOVEMBER, by=person("luo_buyer"), now=NOW + 3 * DAY
    )
    text = re.sub(r"\s+", "", PdfReader(io.BytesIO(content)).pages[0].extract_text())
    assert "本月尚未结束" in text
    assert "停付100%" in text


def test_the_workbook_has_numbers_that_add_up() -> None:
    supplier = booked()
    file = statement_files.export_xlsx(
        supplier_id=supplier.pk, month=NOVEMBER, by=person("luo_buyer"), now=NOW + 30 * DAY
    )
    rows: list[Any] = list(load_workbook(file, read_only=True)["2026-11"].values)
    opening, closing, sums = rows[2], rows[-1], rows[-2]
    assert opening[7] == 0
    assert sums[4:7] == (1000, 300, 120.5)
    assert closing[7] == opening[7] + sums[4] - sums[5] - sums[6] == 579.5
    assert Export.objects.get().format == "xlsx"


def test_nobody_else_takes_one_and_there_is_none_of_nobody() -> None:
    supplier = booked()
    with pytest.raises(Forbidden):
        statement_files.export_pdf(supplier_id=supplier.pk, month=NOVEMBER, by=person("li_lei"), now=NOW)
    with pytest.raises(NotFound):
        statement_files.export_xlsx(supplier_id=0, month=NOVEMBER, by=person("luo_buyer"), now=NOW)
